/// The rules by which a filter chain let clients in, as long as they are judged alike. Owning worker only.
final class ClientTrust {
  /// Clients are judged otherwise now.
  private(set) var isWithdrawn = false

  func withdraw() { isWithdrawn = true }
}
