import Checksums
import S3Client
import Synchronization

/// The checksums of an object's bytes, or of a range of them, as they arrive: each attempt begins them anew.
///
/// Fed on the transport's thread while the exchange runs, asked by its task afterwards.
final class ArrivingDigests: Sendable {
    private let kinds: @Sendable (ObjectDescription) -> ChecksumKinds
    private let hasher: Mutex<Checksums.Hasher?>

    /// Kinds that the reply itself decides.
    init(decidedBy kinds: @escaping @Sendable (ObjectDescription) -> ChecksumKinds) {
        self.kinds = kinds
        hasher = Mutex(nil)
    }

    init(_ kinds: ChecksumKinds) {
        self.kinds = { _ in kinds }
        hasher = Mutex(Checksums.Hasher(kinds))
    }

    /// Before each attempt.
    func reset() {
        hasher.withLock { $0 = nil }
    }

    func take(_ object: ObjectDescription?, _ bytes: RawSpan) {
        if let object {
            let kinds = kinds(object)
            hasher.withLock { $0 = Checksums.Hasher(kinds) }
        }
        hasher.withLock { $0?.update(bytes) }
    }

    /// Of all bytes of the attempt that succeeded. Once.
    func digests(of object: ObjectDescription) -> Digests {
        let kinds = kinds(object)
        return hasher.withLock { hasher in
            // An object without bytes was never seen.
            if hasher == nil { hasher = Checksums.Hasher(kinds) }
            return hasher?.finalize() ?? Digests()
        }
    }
}
