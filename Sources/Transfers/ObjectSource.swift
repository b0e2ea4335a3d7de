import Files
package import Model
import S3Client

/// What a download or a copy reads from: one object, or all below a prefix.
package struct ObjectSource: Sendable {
    let client: TransferClient
    private let spec: JobSpec
    private let prefix: [UInt8]

    /// - Parameter client: of `spec.objectStore`.
    package init(spec: JobSpec, client: TransferClient) {
        self.spec = spec
        self.client = client
        prefix = spec.objectPrefix
    }

    /// The object that a row stands for.
    func location(of file: FileTransfer) -> ObjectLocation {
        let key = spec.singleObjectKey ?? prefix + file.path + (file.isDirectoryMarker ? [UInt8(ascii: "/")] : [])
        return ObjectLocation(bucket: spec.objectBucket, key: key)
    }

    package func scan() -> ObjectScan { ObjectScan(client: client, spec: spec) }
}

/// Streams a listing into rows for the files table, page by page.
package struct ObjectScan: Sendable {
    /// What S3 puts into one page at most.
    private static let pageSize = 1_000

    private let client: TransferClient
    private let spec: JobSpec
    private let bucket: String
    private let prefix: [UInt8]
    private let globs: PathFilter
    private var token: String?
    /// Rows of the last page that were not handed out yet.
    private var found: ArraySlice<ScannedFile> = []
    private var isListed = false

    var isAtEnd: Bool { isListed && found.isEmpty }

    init(client: TransferClient, spec: JobSpec) {
        self.client = client
        self.spec = spec
        bucket = spec.objectBucket
        prefix = spec.objectPrefix
        globs = PathFilter(include: spec.include, exclude: spec.exclude)
    }

    /// At most `maximum` rows more, those of one page: perhaps none. Nil at the end.
    mutating func next(maximum: Int, acquire: S3Client.Acquire) async throws -> [ScannedFile]? {
        if isAtEnd { return nil }
        if found.isEmpty { found = try await page(acquire)[...] }
        defer { found = found.dropFirst(maximum) }
        return Array(found.prefix(maximum))
    }

    private mutating func page(_ acquire: S3Client.Acquire) async throws -> [ScannedFile] {
        if let key = spec.singleObjectKey {
            isListed = true
            return try await look(at: key, acquire)
        }
        let page = try await client.s3.listObjectsV2(
            bucket: bucket, prefix: prefix, token: token, limit: Self.pageSize, acquire: acquire)
        token = page.nextToken
        isListed = token == nil
        return page.objects.compactMap { object in
            row(
                Array(object.key.dropFirst(prefix.count)), size: object.sizeInBytes,
                ListedObject(etag: object.etag, lastModified: object.lastModified))
        }
    }

    /// A single object keeps its last segment as its path. One that is not there is that file's failure.
    private func look(at key: [UInt8], _ acquire: S3Client.Acquire) async throws -> [ScannedFile] {
        var path = ObjectKey.lastSegment(of: key)
        if spec.kind == .download, key.last == UInt8(ascii: "/") { path.append(UInt8(ascii: "/")) }
        do {
            let head = try await client.s3.headObject(ObjectLocation(bucket: bucket, key: key), acquire: acquire)
            let object = ListedObject(etag: head.etag, lastModified: head.lastModified)
            return [row(path, size: head.sizeInBytes, object)].compactMap(\.self)
        } catch {
            guard error.code == .noSuchKey else { throw error }
            return [ScannedFile(path: path, size: 0, state: .failed, failure: Failure(error))]
        }
    }

    /// Nil: it is filtered out.
    private func row(_ path: [UInt8], size: Int64, _ object: ListedObject) -> ScannedFile? {
        let isFolder = path.last == UInt8(ascii: "/")
        if !globs.isEmpty, !globs.admits(isFolder ? Array(path.dropLast()) : path) { return nil }
        if path.isEmpty {
            return ScannedFile(path: path, size: size, object: object, state: .skipped, skipReason: "prefix_itself")
        }
        // A download makes a directory of it; a copy is a copy.
        let isMarker = spec.kind == .download && isFolder
        var file = ScannedFile(
            path: isMarker ? Array(path.dropLast()) : path, size: isMarker ? 0 : size, isDirectoryMarker: isMarker,
            object: object)
        do {
            if spec.kind == .copy { _ = try spec.objectKey(forPath: path) } else { _ = try DestinationPath(file.path) }
        } catch {
            file.state = .failed
            file.failure = (error as? Failure) ?? (error as? FileError)?.destinationFailure
        }
        return file
    }
}
