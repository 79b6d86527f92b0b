import HTTPModel

/// How a call ended. Source: gRPC, Status codes and their use.
public enum GRPCStatus: Int, CaseIterable, Sendable {
  case ok = 0
  case cancelled = 1
  case unknown = 2
  case invalidArgument = 3
  case deadlineExceeded = 4
  case notFound = 5
  case alreadyExists = 6
  case permissionDenied = 7
  case resourceExhausted = 8
  case failedPrecondition = 9
  case aborted = 10
  case outOfRange = 11
  case unimplemented = 12
  case `internal` = 13
  case unavailable = 14
  case dataLoss = 15
  case unauthenticated = 16

  /// Reads a `grpc-status` trailer; a number that is no code counts as `unknown`, nil for no number.
  public init?(trailer text: String) {
    guard let number = Int(text), number >= 0 else { return nil }
    self = GRPCStatus(rawValue: number) ?? .unknown
  }

  /// The same of bytes.
  public init?(trailer text: borrowing Span<UInt8>) {
    guard let number = text.decimalValue else { return nil }
    self = Int(exactly: number).flatMap { GRPCStatus(rawValue: $0) } ?? .unknown
  }

  /// What an HTTP status without a `grpc-status` amounts to.
  /// Source: gRPC, HTTP to gRPC status code mapping.
  public init(httpStatus: Int) {
    switch httpStatus {
    case 400: self = .internal
    case 401: self = .unauthenticated
    case 403: self = .permissionDenied
    case 404: self = .unimplemented
    case 429, 502, 503, 504: self = .unavailable
    default: self = .unknown
    }
  }

  /// The name operators know: `UNAVAILABLE`.
  public var name: String {
    switch self {
    case .ok: "OK"
    case .cancelled: "CANCELLED"
    case .unknown: "UNKNOWN"
    case .invalidArgument: "INVALID_ARGUMENT"
    case .deadlineExceeded: "DEADLINE_EXCEEDED"
    case .notFound: "NOT_FOUND"
    case .alreadyExists: "ALREADY_EXISTS"
    case .permissionDenied: "PERMISSION_DENIED"
    case .resourceExhausted: "RESOURCE_EXHAUSTED"
    case .failedPrecondition: "FAILED_PRECONDITION"
    case .aborted: "ABORTED"
    case .outOfRange: "OUT_OF_RANGE"
    case .unimplemented: "UNIMPLEMENTED"
    case .internal: "INTERNAL"
    case .unavailable: "UNAVAILABLE"
    case .dataLoss: "DATA_LOSS"
    case .unauthenticated: "UNAUTHENTICATED"
    }
  }
}
