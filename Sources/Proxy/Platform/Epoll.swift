import CPlatform
import Glibc

/// What a descriptor is ready for, as one epoll event says it.
public struct Readiness: OptionSet, Sendable {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let readable = Readiness(rawValue: 0x001)
  public static let writable = Readiness(rawValue: 0x004)
  public static let failed = Readiness(rawValue: 0x008)
  public static let hungUp = Readiness(rawValue: 0x010)
  /// The peer will send no more.
  public static let peerClosed = Readiness(rawValue: 0x2000)
  static let edgeTriggered = Readiness(rawValue: 1 << 31)
}

/// An epoll instance with the buffer its events arrive in. Owning thread only.
@safe
public struct Epoll: ~Copyable {
  private let descriptor: OwnedDescriptor
  // SAFETY: holds `capacity` events from init to deinit; only `wait` lets the kernel write to it.
  private let events: UnsafeMutablePointer<epoll_event>
  private let capacity: Int

  /// - Parameter capacity: events taken in one wait.
  public init(capacity: Int = 256) throws(SystemFault) {
    let raw = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard raw >= 0 else { throw SystemFault("epoll_create1") }
    descriptor = OwnedDescriptor(taking: raw)
    unsafe events = .allocate(capacity: capacity)
    unsafe events.initialize(repeating: epoll_event(), count: capacity)
    self.capacity = capacity
  }

  deinit { unsafe events.deallocate() }

  /// Watches `fd` edge-triggered for everything; `token` comes back with each event.
  public func add(_ fd: Int32, token: UInt64) throws(SystemFault) {
    let interest: Readiness = [.readable, .writable, .peerClosed, .edgeTriggered]
    guard cplatform_epoll_ctl(descriptor.raw, EPOLL_CTL_ADD, fd, interest.rawValue, token) == 0
    else { throw SystemFault("epoll_ctl") }
  }

  /// Watches `fd` level-triggered for input, for what is read elsewhere or little by little.
  public func addLevelTriggered(
    _ fd: Int32, interest: Readiness, token: UInt64
  ) throws(SystemFault) {
    guard cplatform_epoll_ctl(descriptor.raw, EPOLL_CTL_ADD, fd, interest.rawValue, token) == 0
    else { throw SystemFault("epoll_ctl") }
  }

  /// Changes what a level-triggered descriptor is watched for.
  public func modify(_ fd: Int32, interest: Readiness, token: UInt64) throws(SystemFault) {
    guard cplatform_epoll_ctl(descriptor.raw, EPOLL_CTL_MOD, fd, interest.rawValue, token) == 0
    else { throw SystemFault("epoll_ctl") }
  }

  /// Forgets `fd`. A descriptor that is closed is forgotten by itself.
  public func remove(_ fd: Int32) {
    _ = cplatform_epoll_ctl(descriptor.raw, EPOLL_CTL_DEL, fd, 0, 0)
  }

  /// Waits for events; -1 milliseconds waits for ever. An interrupted wait counts as empty.
  public func wait(milliseconds: Int32) -> Int {
    Int(max(0, unsafe epoll_wait(descriptor.raw, events, Int32(capacity), milliseconds)))
  }

  /// The `index`th event of the last wait.
  public func event(at index: Int) -> (token: UInt64, readiness: Readiness) {
    precondition(index >= 0 && index < capacity, "an event of the last wait")
    // SAFETY: index < capacity, and every event was initialized.
    let event = unsafe events + index
    return (unsafe cplatform_epoll_token(event), Readiness(rawValue: unsafe event.pointee.events))
  }
}
