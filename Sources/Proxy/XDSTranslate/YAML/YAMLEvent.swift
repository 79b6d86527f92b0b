import Config

/// What libyaml found next.
struct YAMLEvent {
  enum Kind {
    case streamStart, streamEnd, documentStart, documentEnd
    case alias(String)
    case scalar(String, isPlain: Bool)
    case sequenceStart, sequenceEnd
    /// `isFlow`: in braces, as in JSON.
    case mappingStart(isFlow: Bool)
    case mappingEnd
  }

  let kind: Kind
  let position: ConfigFinding.Position
  let anchor: String?
  let tag: String?

  init(
    _ kind: Kind, _ position: ConfigFinding.Position, anchor: String? = nil, tag: String? = nil
  ) {
    self.kind = kind
    self.position = position
    self.anchor = anchor
    self.tag = tag
  }
}

/// Why a text is not the YAML we take.
struct YAMLFault: Error, Equatable {
  let text: String
  let position: ConfigFinding.Position
}
