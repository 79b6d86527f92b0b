// Messages and fields by name and number: for `@type` URLs, and to name what was ignored.
//
// Full names are written as in `envoy.config.cluster.v3.Cluster`. Every function only reads tables
// that live as long as the process, and may be called from any thread.
#ifndef CXDS_LOOKUP_H
#define CXDS_LOOKUP_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

/// The descriptor of a message of xds/proto, nested ones included; NULL when there is none.
const ProtobufCMessageDescriptor *cxds_descriptor_by_name(const char *full_name);

/// The name of a field of a message of xds/proto, whether declared there or only officially, so that
/// an unknown field kept by protobuf-c can be named; NULL when no such field is official.
const char *cxds_official_field_name(const char *message_full_name, uint32_t number);

/// The number of a field by its snake_case name, whether declared in xds/proto or only officially;
/// 0 when no such field is official.
uint32_t cxds_official_field_number(const char *message_full_name, const char *field_name);

#endif
