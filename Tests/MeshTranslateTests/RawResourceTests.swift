import MeshModel
import Testing

@testable import MeshTranslate

@Suite struct RawResourceTests {
  private static let duration =
    #"a duration such as "1.5s", from "0s" to "315576000000s", with nine decimals at most"#

  private func raw(_ json: String, name: String = "r") -> XDSResource {
    XDSResource(
      name: name, typeURL: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
      json: #"{"@type":"type.googleapis.com/envoy.config.cluster.v3.Cluster",\#(json)}"#)
  }

  @Test func takesBothSpellingsOfFieldNames() throws {
    let snake = try RawResource(raw(#""name":"a","connect_timeout":"0.25s""#))
    let camel = try RawResource(raw(#""name":"a","connectTimeout":"0.250s""#))
    #expect(snake.encoded.name == "a")
    #expect(snake.encoded.digest == camel.encoded.digest)
  }

  @Test func namesTheFieldThatIsNotKnown() {
    let mesh = Mesh([.xdsResource(raw(#""name":"a","common_lb_config":{"x":1}"#))])
    let faults = MeshTranslation.faults(in: mesh)
    #expect(faults.map(\.path.description) == ["spec.common_lb_config.x"])
  }

  @Test func refusesAConfigurationOfAnUnknownType() throws {
    let mesh = Mesh([
      .xdsResource(
        raw(
          #""name":"a","transport_socket":{"name":"t","typed_config":{"@type":"type.googleapis.com/a.B"}}"#
        ))
    ])
    let fault = try #require(MeshTranslation.faults(in: mesh).first)
    #expect(fault.path.description == "spec.transport_socket.typed_config.@type")
    #expect(fault.accepted.contains("type.googleapis.com/envoy.config.cluster.v3.Cluster"))
  }

  /// Path, what was found there and what is accepted, of each fault.
  private func faults(_ json: String) -> [[String]] {
    MeshTranslation.faults(in: Mesh([.xdsResource(raw(json))])).map { fault in
      [fault.path.description, fault.found ?? ""] + fault.accepted
    }
  }

  @Test(arguments: [
    (#""type":"STATC""#, ["type", "\"STATC\"", "STATIC", "STRICT_DNS", "LOGICAL_DNS", "EDS"]),
    (#""lb_policy":"ROUND""#, ["lb_policy", "\"ROUND\"", "ROUND_ROBIN", "LEAST_REQUEST"]),
    (#""connect_timeout":5"#, ["connect_timeout", "5", Self.duration]),
    (#""connectTimeout":"5""#, ["connectTimeout", "\"5\"", Self.duration]),
    (#""name":["a"]"#, ["name", "a list of 1", "a string"]),
    (
      #""per_connection_buffer_limit_bytes":-1"#,
      ["per_connection_buffer_limit_bytes", "-1", "an integer from 0 to 4294967295"]
    ),
    (
      #""respect_dns_ttl":"yes""#, ["respect_dns_ttl", "\"yes\"", "true or false"]
    ),
    (#""load_assignment":7"#, ["load_assignment", "7", "a mapping"]),
    (
      #""load_assignment":{"endpoints":{}}"#,
      ["load_assignment.endpoints", "a mapping of 0", "a list"]
    ),
    (#""lb_policy":1000"#, ["lb_policy", "1000", "ROUND_ROBIN", "LEAST_REQUEST"]),
    (#""connect_timeout":"-5s""#, ["connect_timeout", "\"-5s\"", Self.duration]),
    (
      #""name":"a","load_assignment":{"endpoints":[null]}"#,
      ["load_assignment.endpoints[0]", "nothing", "a mapping"]
    ),
    (
      #""per_connection_buffer_limit_bytes":1.5"#,
      ["per_connection_buffer_limit_bytes", "1.5", "an integer from 0 to 4294967295"]
    ),
    (#""lb_policy":"0""#, ["lb_policy", "\"0\"", "ROUND_ROBIN", "LEAST_REQUEST"]),
    (#""lb_policy":"1""#, ["lb_policy", "\"1\"", "ROUND_ROBIN", "LEAST_REQUEST"]),
    (
      #""per_connection_buffer_limit_bytes":"080""#,
      ["per_connection_buffer_limit_bytes", "\"080\"", "an integer from 0 to 4294967295"]
    ),
    (
      #""per_connection_buffer_limit_bytes":"0x50""#,
      ["per_connection_buffer_limit_bytes", "\"0x50\"", "an integer from 0 to 4294967295"]
    ),
    (#""connect_timeout":"01s""#, ["connect_timeout", "\"01s\"", Self.duration]),
    (
      #""connect_timeout":"315576000001s""#,
      ["connect_timeout", "\"315576000001s\"", Self.duration]
    ),
    (
      #""connect_timeout":"0.0000000001s""#,
      ["connect_timeout", "\"0.0000000001s\"", Self.duration]
    ),
    (
      #""connect_timeout":"1s","connectTimeout":"2s""#,
      ["connect_timeout", "\"1s\"", "one of the two names"]
    ),
  ])
  func tellsOfAWrongValueWhatIsAccepted(json: String, expected: [String]) throws {
    let fault = try #require(faults(json).first)
    #expect(fault.starts(with: ["spec." + expected[0]] + expected[1...]))
    #expect(faults(json).count == 1)
  }

  @Test func tellsEveryFaultOfAResource() {
    let endpoint = #"{"endpoint":{"address":{"socket_address":{"address":"::1","port_value":80}}}}"#
    let bad = endpoint.replacing("80", with: "99999999999")
    let odd = endpoint.replacing("socket_address", with: "soket_address")
    let options =
      #""o":{"@type":"type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions","explicit_http_config":{"http2_protocol_options":{"max_concurrent_streams":"many"}}}"#
    let found = faults(
      #""name":"a","type":"EDS","load_assignment":{"endpoints":[{"lb_endpoints":[\#(endpoint),\#(bad),\#(odd)]}]},"typed_extension_protocol_options":{\#(options)}"#
    )
    let endpoints = "spec.load_assignment.endpoints[0].lb_endpoints"
    #expect(
      found.map { $0[0] } == [
        "\(endpoints)[1].endpoint.address.socket_address.port_value",
        "\(endpoints)[2].endpoint.address.soket_address",
        "spec.typed_extension_protocol_options.o.explicit_http_config.http2_protocol_options"
          + ".max_concurrent_streams",
      ])
    #expect(found[0][1...] == ["99999999999", "an integer from 0 to 4294967295"])
    #expect(found[2][1...] == ["\"many\"", "an integer from 0 to 4294967295"])
  }

  @Test func takesWhatTheJSONMappingTakes() {
    let well = [
      #""name":"a","type":3,"per_connection_buffer_limit_bytes":"7","connect_timeout":null"#,
      #""name":"a","circuit_breakers":null,"respect_dns_ttl":false,"lb_policy":0"#,
      #""name":"a","metadata":{"filter_metadata":{"m":{"any":[1,"x",null,{"y":true}]}}}"#,
      #""name":"a","connect_timeout":"0s","cleanup_interval":"3.000000001s""#,
    ]
    for json in well { #expect(faults(json) == []) }
  }

  @Test func tellsThatOneFieldRulesOutAnother() {
    let both = #""name":"a","type":"EDS","cluster_type":{"name":"x"},"connect_timeout":"1s""#
    #expect(faults(both) == [["spec", "cluster_type, type", "one of them"]])
  }

  @Test func refusesTwoResourcesOfOneName() {
    let mesh = Mesh([
      .xdsResource(raw(#""name":"a""#, name: "r1")), .xdsResource(raw(#""name":"a""#, name: "r2")),
    ])
    #expect(MeshTranslation.faults(in: mesh).map(\.object?.name) == ["r2"])
  }

  @Test func refusesAResourceWithoutAName() {
    let faults = MeshTranslation.faults(in: Mesh([.xdsResource(raw(#""type":"EDS""#))]))
    #expect(faults.map(\.path.description) == ["spec.name"])
  }

  @Test func takesWhatIsNestedAsDeepAsADocumentMayBe() {
    let depth = 94
    let value =
      String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
    let json = #""name":"a","metadata":{"filter_metadata":{"m":\#(value)}}"#
    #expect(faults(json) == [])
  }
}
