extension StoreService {
    func objectTagging(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        let record = try store.read { state throws(S3Failure) in try state.object(request) }
        var writer = XMLWriter()
        writer.element("Tagging", namespace: true) { tagging in
            tagging.element("TagSet") { set in
                for tag in record.attributes.tags {
                    set.element("Tag") { element in
                        element.element("Key", tag.name)
                        element.element("Value", tag.value)
                    }
                }
            }
        }
        return StoreAnswer(xml: writer.bytes)
    }

    func putObjectTagging(_ request: S3Request, _ payload: Payload) throws(S3Failure) -> StoreAnswer {
        let document = try Self.document(payload.bytes, root: "Tagging")
        guard let set = document.first("TagSet") else { throw S3Failure(.malformedXML) }
        let tags = set.all("Tag").map { tag in
            ObjectAttributes.HeaderValue(
                name: String(decoding: tag.first("Key")?.text ?? [], as: UTF8.self),
                value: String(decoding: tag.first("Value")?.text ?? [], as: UTF8.self))
        }
        try replaceTags(of: request, by: ObjectAttributes.checked(tags))
        return StoreAnswer()
    }

    func deleteObjectTagging(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        try replaceTags(of: request, by: [])
        return StoreAnswer(status: 204)
    }

    /// Access is the access key's alone; lists are accepted and forgotten.
    func objectAcl(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        _ = try store.read { state throws(S3Failure) in try state.object(request) }
        var writer = XMLWriter()
        writer.element("AccessControlPolicy", namespace: true) { policy in
            policy.element("Owner") { $0.element("ID", "devstore") }
            policy.element("AccessControlList") { _ in }
        }
        return StoreAnswer(xml: writer.bytes)
    }

    func putObjectAcl(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        _ = try store.read { state throws(S3Failure) in try state.object(request) }
        return StoreAnswer()
    }

    private func replaceTags(
        of request: S3Request, by tags: [ObjectAttributes.HeaderValue]
    ) throws(S3Failure) {
        var record = try store.read { state throws(S3Failure) in try state.object(request) }
        let etag = record.etag
        record.attributes.tags = tags
        try store.commit([.putObject(bucket: request.bucket, key: request.key, record: record)]) {
            state throws(S3Failure) in
            guard try state.object(request).etag == etag else {
                throw S3Failure(code: "OperationAborted", status: 409, message: "The object was overwritten meanwhile")
            }
        }
    }
}
