import CPlatform

/// Allows the process as many descriptors as it may allow itself.
/// - Returns: how many that is.
public func raiseDescriptorLimit() -> Int { Int(clamping: cplatform_raise_descriptor_limit()) }
