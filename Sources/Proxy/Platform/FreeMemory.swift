import CPlatform

/// Gives the kernel back the pages that hold nothing any more. Takes milliseconds where there are many.
public func returnFreeMemory() { _ = malloc_trim(0) }

/// Keeps what the process holds out of core dumps, of which none are written any more, and from other processes
/// but those with privileges over it (`PR_SET_DUMPABLE`).
public func hideMemory() { cplatform_hide_memory() }

/// Unmaps the pages of the executable's code: what runs again comes back from the page cache when it is
/// called, 64 kB at a time, in microseconds. Any thread.
public func returnUnusedCode() { cplatform_return_code() }
