internal import Checksums

/// What a reader thread keeps between jobs, so that a job allocates neither its buffer nor its hash contexts. It belongs to
/// one thread and is lent to the job that runs there.
///
/// Unsafe inside: `buffer` is this object's own allocation, made at the first use and freed with it; a job must not keep it.
@safe package final class ReaderScratch {
    /// Fits a core's second-level cache together with what it is read for; 1 MiB measured no faster.
    static let bufferSizeInBytes = 256 << 10

    /// `Hasher` owns C contexts and cannot stand in a dictionary itself.
    final class KeptHasher {
        var hasher: Checksums.Hasher

        init(_ kinds: ChecksumKinds) {
            hasher = Checksums.Hasher(kinds)
        }
    }

    private var allocation: UnsafeMutableRawBufferPointer?
    private var hashers: [ChecksumKinds: KeptHasher] = [:]
    /// The one that runs now.
    var job: (any ReaderWork)?

    init() {}

    deinit {
        unsafe allocation?.deallocate()
    }

    /// Whether the task that waits for the running job was cancelled: a long job looks here now and then.
    package var isCancelled: Bool { job?.isCancelled ?? false }

    /// A new hasher's state in an old one's memory. One for each set of kinds: at most 32, in practice one or two.
    func hasher(for kinds: ChecksumKinds) -> KeptHasher {
        if let known = hashers[kinds] {
            known.hasher.reset()
            return known
        }
        let new = KeptHasher(kinds)
        hashers[kinds] = new
        return new
    }

    var buffer: UnsafeMutableRawBufferPointer {
        if let allocation = unsafe allocation { return unsafe allocation }
        let new = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferSizeInBytes, alignment: 4096)
        unsafe allocation = new
        return unsafe new
    }
}
