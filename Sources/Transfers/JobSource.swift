package import Files
package import Model
package import S3Client

/// What a job moves: a local tree, or objects of a store; those go to another place in a store or, with a destination,
/// to a local directory.
package enum JobSource: Sendable {
    case tree(UploadSource)
    case objects(ObjectSource, DestinationFolder?)

    /// Faults of the spec that only the source itself shows.
    package var faults: [SpecFault] {
        switch self {
        case .tree(let source): source.faults
        case .objects: []
        }
    }

    package func scan() -> JobScan {
        switch self {
        case .tree(let source): .tree(source.scan())
        case .objects(let source, _): .objects(source.scan())
        }
    }
}

/// Streams what a job moves into rows for the files table. Owned by the one task that scans.
package enum JobScan: Sendable {
    case tree(UploadScan)
    case objects(ObjectScan)

    /// Whether `next` would find nothing more. False may be wrong: then it returns nil, or nothing at all.
    package var isAtEnd: Bool {
        switch self {
        case .tree(let scan): scan.isAtEnd
        case .objects(let scan): scan.isAtEnd
        }
    }

    /// At most `maximum` rows more; nil at the end. Whatever was found is accounted for: what can't be moved is a failed or
    /// skipped row.
    ///
    /// - Parameter acquire: asked for a permit before each request of a listing.
    /// - Throws: the job's `Failure`, or `CancellationError`.
    package mutating func next(
        maximum: Int, on pool: ReaderPool, acquire: S3Client.Acquire
    ) async throws -> [ScannedFile]? {
        do {
            switch self {
            case .tree(let scan): return try await scan.next(maximum: maximum, on: pool)
            case .objects(var scan):
                defer { self = .objects(scan) }
                return try await scan.next(maximum: maximum, acquire: acquire)
            }
        } catch let error as FileError where error.code != .cancelled && error.code != .stopped {
            throw error.sourceFailure
        } catch {
            guard let failure = Failure(ending: error) else { throw CancellationError() }
            throw failure
        }
    }
}
