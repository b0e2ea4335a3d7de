import Model

extension StoreService {
    func listBuckets() -> StoreAnswer {
        let buckets = store.snapshot { state in state.buckets.map { ($0.key, $0.value.created) } }
        var writer = XMLWriter()
        writer.element("ListAllMyBucketsResult", namespace: true) { result in
            result.element("Owner") { owner in
                owner.element("ID", "devstore")
                owner.element("DisplayName", "devstore")
            }
            result.element("Buckets") { list in
                for (name, created) in buckets.sorted(by: { $0.0 < $1.0 }) {
                    list.element("Bucket") { bucket in
                        bucket.element("Name", name)
                        bucket.element("CreationDate", created.description)
                    }
                }
            }
        }
        return StoreAnswer(xml: writer.bytes)
    }

    func createBucket(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        try Self.checkBucketName(request.bucket)
        try store.commit([.createBucket(name: request.bucket, created: StoredTime(wrappedValue: now))]) {
            state throws(S3Failure) in
            if state.buckets[request.bucket] != nil { throw S3Failure(.bucketAlreadyExists) }
        }
        var answer = StoreAnswer()
        answer.set("location", "/\(request.bucket)")
        return answer
    }

    func headBucket(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        try checkBucket(request.bucket)
        var answer = StoreAnswer()
        answer.set("x-amz-bucket-region", configuration.region ?? "us-east-1")
        return answer
    }

    func deleteBucket(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        try store.commit([.deleteBucket(name: request.bucket)]) { state throws(S3Failure) in
            guard try state.bucket(request.bucket).objects.count == 0 else { throw S3Failure(.bucketNotEmpty) }
            guard !state.uploads.values.contains(where: { $0.bucket == request.bucket }) else {
                throw S3Failure(.bucketNotEmpty)
            }
        }
        return StoreAnswer(status: 204)
    }

    func bucketLocation(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        try checkBucket(request.bucket)
        var writer = XMLWriter()
        let region = configuration.region ?? "us-east-1"
        // us-east-1 is told by an empty element.
        writer.element("LocationConstraint", region == "us-east-1" ? "" : region)
        return StoreAnswer(xml: writer.bytes)
    }

    /// Never versioned: an empty document says so.
    func bucketVersioning(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        try checkBucket(request.bucket)
        var writer = XMLWriter()
        writer.element("VersioningConfiguration", namespace: true) { _ in }
        return StoreAnswer(xml: writer.bytes)
    }

    func checkBucket(_ name: String) throws(S3Failure) {
        try store.read { state throws(S3Failure) in
            if state.buckets[name] == nil { _ = try state.bucket(name) }
        }
    }

    /// Before a write: the bucket is there, or is made if the configuration says so.
    func prepareBucket(_ name: String) throws(S3Failure) {
        do throws(S3Failure) {
            try checkBucket(name)
        } catch {
            guard configuration.createsBuckets else { throw error }
            try Self.checkBucketName(name)
            // Two at once is fine: making a bucket that is there changes nothing.
            try store.commit([.createBucket(name: name, created: StoredTime(wrappedValue: now))]) { _ in }
        }
    }

    /// S3 user guide, "General purpose bucket naming rules".
    static func checkBucketName(_ name: String) throws(S3Failure) {
        let isAllowed = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        let bytes = Array(name.utf8)
        guard (3...63).contains(bytes.count), let first = bytes.first, let last = bytes.last, isAllowed(first),
            isAllowed(last),
            bytes.allSatisfy({ isAllowed($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }),
            !name.contains("..")
        else { throw S3Failure(.invalidBucketName, details: [.init(name: "BucketName", value: name)]) }
    }
}
