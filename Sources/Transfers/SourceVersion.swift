import Model
import S3Client

/// One version of an object that is copied: as the list showed it, or as a look at it did.
struct SourceVersion: Sendable {
    /// In bytes.
    var size: Int64
    /// Nil when the list does not say: then the object is looked at before anything is asked of it.
    var etag: ETag?
    /// What HeadObject said; nil for what is known from the list alone.
    var description: ObjectDescription?

    init(listed file: FileTransfer) {
        size = file.size
        etag = file.object.flatMap { $0.etag.rawValue.isEmpty ? nil : $0.etag }
    }

    init(_ description: ObjectDescription) {
        size = description.sizeInBytes
        etag = description.etag
        self.description = description
    }
}

extension ObjectDescription {
    var identity: SourceIdentity { .object(ObjectIdentity(size: sizeInBytes, etag: etag)) }

    /// Of all bytes in a row; nil when the store says none, or one over the checksums of parts.
    var fullChecksum: Checksum? { isChecksumComposite ? nil : checksum }
}

extension Failure {
    /// The object that is copied is not the one that was listed.
    static var overwritten: Failure {
        Failure(.sourceChanged, "the source object was overwritten while it was copied", retryable: true)
    }
}
