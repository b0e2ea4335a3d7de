import Checksums
import Files
import Model
import S3Client

/// Moves one file of an upload job: a small one by one read and one request, a large one by parts.
///
/// Made once for a run of a job and shared by its files.
struct UploadRunner: Sendable {
    /// Up to this size a file is read whole and sent from memory: one open, one read, one request. Above it is read
    /// twice, for its checksum and by libcurl, and never held.
    static let smallFile: Int64 = 64 << 10

    let source: UploadSource
    let target: UploadTarget

    var spec: JobSpec { target.spec }
    var readers: ReaderPool { target.readers }

    func run(_ file: FileTransfer, ledger: some TransferLedger) async throws -> FileResult {
        let location = try target.location(of: file)
        if file.isDirectoryMarker {
            return try await uploadMarker(file, to: location, ledger: ledger)
        }
        if let begun = file.multipart { return try await goOn(begun, file, at: location, ledger: ledger) }
        if file.size <= Self.smallFile, spec.overwrite == .always,
            file.size < spec.multipartThreshold
        {
            do {
                let loaded = try await readers.load(
                    file.path, in: source.location, symlinks: spec.symlinks, limitInBytes: Int(Self.smallFile),
                    checksums: ChecksumKinds(target.protection))
                return try await uploadSmall(loaded, file, to: location, ledger: ledger)
            } catch let error as FileError where error.code == .tooLarge {
                // It has grown since it was scanned: it goes the way of a large one.
            }
        }
        let opened = try await readers.open(file.path, in: source.location, symlinks: spec.symlinks)
        if let reason = try await target.reasonToSkip(
            size: opened.identity.size, modified: opened.identity.modified, at: location, ledger: ledger)
        {
            return .skipped(reason, size: opened.identity.size, counted: min(file.countedBytes, file.size))
        }
        if opened.identity.size >= spec.multipartThreshold || opened.identity.size > PartPlan.largestSingleRequest {
            return try await upload(opened, file, to: location, ledger: ledger)
        }
        return try await uploadWhole(opened, file, to: location, ledger: ledger)
    }

    // MARK: An upload of an earlier run

    private func goOn(
        _ begun: MultipartUpload, _ file: FileTransfer, at location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        let opened: OpenedFile
        do {
            opened = try await readers.open(file.path, in: source.location, symlinks: spec.symlinks)
        } catch {
            guard let failure = Failure(ending: error) else { throw error }
            return try await target.giveUp(begun, of: file, at: location, failure, ledger: ledger)
        }
        return try await upload(opened, file, to: location, ledger: ledger)
    }

    private func upload(
        _ opened: OpenedFile, _ file: FileTransfer, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        let parts = FilePartSource(
            target: target, opened: opened, attributes: attributes(for: file.path, opened.identity))
        return try await MultipartFile(target: target, file: file, source: parts, location: location, ledger: ledger)
            .run()
    }

    // MARK: What an object is stored with

    func attributes(for path: [UInt8], _ identity: FileIdentity) -> ObjectAttributes {
        var attributes = target.attributes
        if attributes.contentType == nil { attributes.contentType = MediaType.guess(path: path) }
        if spec.preserveTimes { attributes.modificationTime = ModificationTime.text(nanoseconds: identity.modified) }
        return attributes
    }
}
