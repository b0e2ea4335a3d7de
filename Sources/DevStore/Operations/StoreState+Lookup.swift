/// Finding things, or saying in S3's words that they are not there.
extension StoreState {
    func bucket(_ name: String) throws(S3Failure) -> Bucket {
        guard let bucket = buckets[name] else {
            throw S3Failure(.noSuchBucket, details: [.init(name: "BucketName", value: name)])
        }
        return bucket
    }

    func object(_ request: S3Request) throws(S3Failure) -> ObjectRecord {
        try object(bucket: request.bucket, key: request.key)
    }

    func object(bucket: String, key: KeyBytes) throws(S3Failure) -> ObjectRecord {
        guard buckets[bucket] != nil else { _ = try self.bucket(bucket); throw S3Failure(.noSuchBucket) }
        guard let record = buckets[bucket]?.objects[key] else {
            throw S3Failure(.noSuchKey, details: [.init(name: "Key", value: key.text)])
        }
        return record
    }

    func upload(_ id: String, _ request: S3Request) throws(S3Failure) -> UploadRecord {
        if buckets[request.bucket] == nil { _ = try bucket(request.bucket) }
        guard let upload = uploads[id], upload.bucket == request.bucket, upload.key == request.key else {
            throw S3Failure(.noSuchUpload, details: [.init(name: "UploadId", value: id)])
        }
        return upload
    }
}
