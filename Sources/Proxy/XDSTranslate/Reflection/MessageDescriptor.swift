/// What a protobuf message type looks like: the fields that `xds/proto` declares for it.
/// Immutable and shared by every thread.
final class MessageDescriptor: Sendable {
  /// The full name: `envoy.config.cluster.v3.Cluster`.
  let name: String
  /// Sorted by number.
  let fields: [FieldDescriptor]
  private let indexByName: [String: Int]

  init(name: String, fields: [FieldDescriptor]) {
    self.name = name
    self.fields = fields
    var index: [String: Int] = [:]
    for (position, field) in fields.enumerated() {
      index[field.name] = position
      index[field.jsonName] = position
    }
    self.indexByName = index
  }

  /// The last part of the name: `Cluster`.
  var shortName: Substring { name.split(separator: ".").last ?? "" }

  /// Finds a field by its name in the schema or its lowerCamel JSON name.
  func index(named name: String) -> Int? { indexByName[name] }

  func index(numbered number: UInt32) -> Int? {
    var low = 0
    var high = fields.count
    while low < high {
      let middle = (low + high) / 2
      if fields[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < fields.count && fields[low].number == number ? low : nil
  }

  /// True for the entry type that protobuf derives from `map<K, V> field`.
  func isMapEntry(of field: FieldDescriptor) -> Bool {
    fields.count == 2 && fields[0].name == "key" && fields[1].name == "value"
      && shortName == FieldDescriptor.camelCase(field.name, upperFirst: true) + "Entry"
  }
}
