import Config

/// The most bytes that a bootstrap file may have.
public let maxBootstrapBytes = 64 << 20

/// Reads a bootstrap file, YAML or JSON. The result is nil when a finding rejects the file. Findings
/// carry `fileName`, line and column.
public func loadBootstrap(
  yaml: [UInt8], fileName: String
) -> (BootstrapConfig?, [ConfigFinding]) {
  let report = Report(file: fileName)
  let node: YAMLNode
  do throws(YAMLFault) {
    node = try YAMLComposer.compose(yaml)
  } catch {
    report.reject(.root, error.text, error.position)
    return (nil, report.findings)
  }
  let decoder = NodeDecoder(report: report)
  let descriptor = Schema.shared.declared(TypeName.bootstrap)
  guard let message = decoder.decode(node, as: descriptor, .root) else {
    return (nil, report.sorted)
  }
  report.beginTranslation()
  let view = MessageView(message, .root, report)
  let config = BootstrapConfig(translating: view)
  IgnoredFields.report(in: view)
  return (report.isRejected ? nil : config, report.sorted)
}
