import CPlatform

/// Gives the kernel back the pages that hold nothing any more. Takes milliseconds where there are many.
public func returnFreeMemory() { _ = malloc_trim(0) }

/// Unmaps the pages of the executable's code: what runs again comes back from the page cache when it is
/// called, 64 kB at a time, in microseconds. Any thread.
public func returnUnusedCode() { cplatform_return_code() }
