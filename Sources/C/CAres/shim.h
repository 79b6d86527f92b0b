// CPlatform first: what it shares with ares.h is then declared once, in it.
#include <CPlatform.h>
#include <ares.h>
