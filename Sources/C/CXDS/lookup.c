#include <stdlib.h>
#include <string.h>

#include "CXDSLookup.h"
#include "tables.h"

static int compare_descriptor(const void *name, const void *element) {
  const ProtobufCMessageDescriptor *descriptor = *(const ProtobufCMessageDescriptor *const *)element;
  return strcmp(name, descriptor->name);
}

const ProtobufCMessageDescriptor *cxds_descriptor_by_name(const char *full_name) {
  const ProtobufCMessageDescriptor *const *found =
      bsearch(full_name, cxds_descriptors, cxds_descriptor_count, sizeof *cxds_descriptors,
              compare_descriptor);
  return found ? *found : NULL;
}

static int compare_left_out(const void *key, const void *element) {
  const CXDSLeftOutField *wanted = key, *field = element;
  int order = strcmp(wanted->message, field->message);
  if (order != 0) return order;
  return (wanted->number > field->number) - (wanted->number < field->number);
}

const char *cxds_official_field_name(const char *message_full_name, uint32_t number) {
  const ProtobufCMessageDescriptor *descriptor = cxds_descriptor_by_name(message_full_name);
  if (descriptor == NULL) return NULL;
  const ProtobufCFieldDescriptor *declared =
      protobuf_c_message_descriptor_get_field(descriptor, number);
  if (declared != NULL) return declared->name;
  const CXDSLeftOutField key = {message_full_name, number, NULL};
  const CXDSLeftOutField *found = bsearch(&key, cxds_left_out_fields, cxds_left_out_field_count,
                                          sizeof *cxds_left_out_fields, compare_left_out);
  return found ? found->name : NULL;
}

uint32_t cxds_official_field_number(const char *message_full_name, const char *field_name) {
  const ProtobufCMessageDescriptor *descriptor = cxds_descriptor_by_name(message_full_name);
  if (descriptor == NULL) return 0;
  const ProtobufCFieldDescriptor *declared =
      protobuf_c_message_descriptor_get_field_by_name(descriptor, field_name);
  if (declared != NULL) return declared->id;
  for (size_t i = 0; i < cxds_left_out_field_count; i++) {
    const CXDSLeftOutField *field = &cxds_left_out_fields[i];
    if (strcmp(field->message, message_full_name) == 0 && strcmp(field->name, field_name) == 0)
      return field->number;
  }
  return 0;
}
