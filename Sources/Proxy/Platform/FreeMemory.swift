import CPlatform

/// Gives the kernel back the pages that hold nothing any more. Takes milliseconds where there are many.
public func returnFreeMemory() { _ = malloc_trim(0) }
