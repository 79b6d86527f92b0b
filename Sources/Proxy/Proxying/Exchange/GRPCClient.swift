import GRPC
import HTTPModel

/// Who made a call of gRPC, and understands answers of gRPC alone.
struct GRPCClient {
  /// What it sends is base64.
  let sendsText: Bool
  /// How it is to be answered.
  let form: GRPCMediaType.Form
  /// How its messages are encoded, such as `json`; among the request's bytes.
  let format: ByteRange

  var isWeb: Bool { form != .grpc }

  /// nil: the request is no call.
  /// - Parameter bridgesWeb: those of gRPC-Web are.
  init?(_ head: RequestHead, bridgesWeb: Bool) {
    guard let type = head.grpcMediaType, let index = head.nextIndex(of: .contentType) else {
      return nil
    }
    if type.form != .grpc { guard bridgesWeb, head.method == .post else { return nil } }
    sendsText = type.form == .webText
    form = type.form == .grpc ? .grpc : head.acceptedWebForm ?? type.form
    let offset = Int(head.field(at: index).valueOffset) + type.format.lowerBound
    format = ByteRange(offset: offset, count: type.format.count)
  }
}

extension RequestHead {
  /// The form that `accept` asks for; nil: it asks for none in particular.
  fileprivate var acceptedWebForm: GRPCMediaType.Form? {
    guard let index = nextIndex(named: "accept") else { return nil }
    return GRPCMediaType.firstWeb(in: value(at: index))
  }
}

extension ResponseHead {
  /// Says in `content-type` how a response of gRPC is encoded.
  func addContentType(_ form: GRPCMediaType.Form, _ format: borrowing Span<UInt8>) {
    addField(.contentType, name: KnownHeader.contentType.name) {
      switch form {
      case .grpc: return bytes.append("application/grpc")
      case .web: bytes.append("application/grpc-web+")
      case .webText: bytes.append("application/grpc-web-text+")
      }
      if format.isEmpty { bytes.append("proto") } else { bytes.append(copy format) }
    }
  }
}

extension MessageHead {
  /// What `grpc-status` says; nil: there is none.
  var grpcStatus: GRPCStatus? {
    guard let index = nextIndex(named: "grpc-status") else { return nil }
    return GRPCStatus(trailer: value(at: index))
  }

  /// What `grpc-message` says.
  var grpcMessage: [UInt8] {
    guard let index = nextIndex(named: "grpc-message") else { return [] }
    let text = value(at: index)
    let bytes = text.indices.map { text[$0] }
    return Array(GRPCMessageText.decode(String(decoding: bytes, as: UTF8.self)).utf8)
  }
}
