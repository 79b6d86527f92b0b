import Config
import HTTPModel

/// One compiled change to a head's fields.
struct HeaderMutation: Sendable {
  enum Change: Sendable {
    case remove
    case write(HeaderValueConfig.AppendAction, ValueFormat)
  }
  var name: FieldName
  var change: Change
}

extension HeaderMutation {
  /// Changes `head`, which is the request's or the response's.
  func apply(to head: MessageHead, _ exchange: FormatSubject) {
    switch change {
    case .remove: remove(from: head, exchange.program)
    case .write(let action, let format): write(action, format, to: head, exchange)
    }
  }

  private func remove(from head: MessageHead, _ program: RouteProgram) {
    let text = program.text(name.text)
    var index = head.nextIndex(of: name.known, name: text, from: 0)
    while let found = index {
      head.mark(found, .removed)
      index = head.nextIndex(of: name.known, name: text, from: found &+ 1)
    }
  }

  private func write(
    _ action: HeaderValueConfig.AppendAction, _ format: ValueFormat, to head: MessageHead,
    _ exchange: FormatSubject
  ) {
    let program = exchange.program
    if action != .appendIfExistsOrAdd {
      let exists = head.nextIndex(of: name.known, name: program.text(name.text), from: 0) != nil
      if action == .addIfAbsent && exists || action == .overwriteIfExists && !exists { return }
    }
    let start = head.bytes.count
    head.bytes.append(program.text(name.text))
    let valueOffset = head.beginValue()
    format.write(to: head.bytes, exchange)
    let count = head.bytes.count &- valueOffset
    // An operator that came out empty adds nothing; a value that no field can hold is left out.
    guard count > 0 || format.isEmptyLiteral, count <= Int(UInt16.max) else {
      return head.bytes.truncate(to: start)
    }
    if action == .overwriteIfExists || action == .overwriteIfExistsOrAdd {
      remove(from: head, program)
    }
    head.endField(name.known, from: start, valueOffset: valueOffset)
  }
}
