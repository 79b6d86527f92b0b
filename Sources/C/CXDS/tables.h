// The tables behind CXDSLookup.h; Generated/tables.c holds them.
#ifndef CXDS_TABLES_H
#define CXDS_TABLES_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

/// An official field that our message of the same name does not declare.
typedef struct {
  const char *message;
  uint32_t number;
  const char *name;
} CXDSLeftOutField;

/// Every generated message, map entries included, in strcmp order of their full names.
extern const ProtobufCMessageDescriptor *const cxds_descriptors[];
extern const size_t cxds_descriptor_count;

/// In strcmp order of the messages, then by number.
extern const CXDSLeftOutField cxds_left_out_fields[];
extern const size_t cxds_left_out_field_count;

#endif
