import Config

/// Reads a bootstrap file, YAML or JSON. The result is nil when a finding rejects the file. Findings
/// carry `fileName`, line and column.
/// - Parameters:
///   - checkRoutes: says what of a route table cannot be used, given its path; for what only the
///     routes' compiler knows, such as regular expressions.
///   - checkLogFormat: says what is wrong with a format string of an access log.
public func loadBootstrap(
  yaml: [UInt8], fileName: String,
  checkRoutes: @escaping (RouteConfigurationConfig, String) -> [ConfigFinding] = { _, _ in [] },
  checkLogFormat: @escaping (String) -> String? = { _ in nil }
) -> (BootstrapConfig?, [ConfigFinding]) {
  let report = Report(file: fileName, checkRoutes: checkRoutes, checkLogFormat: checkLogFormat)
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
    return (nil, report.findings)
  }
  report.beginTranslation()
  let view = MessageView(message, .root, report)
  let config = BootstrapConfig(translating: view)
  IgnoredFields.report(in: view)
  return (report.isRejected ? nil : config, report.sorted)
}
