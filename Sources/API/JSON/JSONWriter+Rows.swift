package import Model
package import Scheduling

extension JSONWriter {
    /// A file as the list shows it; with `event`, as the stream does.
    package mutating func file(
        _ file: FileTransfer, _ naming: ObjectNaming, event: (revision: Revision, job: JobID)? = nil
    ) {
        object { writer in
            writer.eventFields(event)
            writer.path(file.path)
            writer.field("key", bytes: naming.key(forPath: file.path, isDirectoryMarker: file.isDirectoryMarker))
            writer.field("size", file.size)
            writer.field("state", file.state.rawValue)
            writer.field("skip_reason", file.skipReason)
            writer.field("etag", file.etag?.rawValue)
            writer.checksum(file.checksum)
            writer.field("attempts", file.attempts)
            writer.name("error")
            writer.failure(file.failure)
            writer.field("start_time", file.startTime)
            writer.field("end_time", file.endTime)
        }
    }

    /// A part as the list shows it; with `event`, as the stream does.
    package mutating func part(
        _ row: PartRow, _ naming: ObjectNaming, event: (revision: Revision, job: JobID)? = nil
    ) {
        object { writer in
            writer.eventFields(event)
            writer.path(row.path)
            writer.field("key", bytes: naming.key(forPath: row.path))
            writer.field("part_number", row.part.number.rawValue)
            writer.field("offset", row.part.range.offset)
            writer.field("size", row.part.range.count)
            writer.field("state", row.part.state.rawValue)
            writer.field("bytes_sent", row.bytesSent)
            writer.field("attempt", row.part.attempt)
            writer.field("etag", row.part.etag?.rawValue)
            writer.checksum(row.part.checksum)
            writer.name("error")
            writer.failure(row.part.failure)
        }
    }

    /// One entry of `part.progress`.
    package mutating func livePart(_ part: LivePart) {
        object { writer in
            writer.path(part.path)
            writer.field("part_number", part.number.rawValue)
            writer.field("size", part.range.count)
            writer.field("bytes_sent", part.bytesSent)
            writer.field("attempt", part.attempt)
        }
    }

    /// One entry of a job's `errors`.
    package mutating func failedFile(_ file: FileTransfer, _ naming: ObjectNaming) {
        let failure = file.failure ?? Failure(.internal, "no reason was stored")
        object { writer in
            writer.path(file.path)
            writer.field("key", bytes: naming.key(forPath: file.path, isDirectoryMarker: file.isDirectoryMarker))
            writer.failureFields(failure)
        }
    }

    package mutating func failure(_ failure: Failure?) {
        guard let failure else { return null() }
        object { $0.failureFields(failure) }
    }

    package mutating func plan(_ plan: TransferPlan) {
        object { writer in
            writer.field("files", plan.files)
            writer.field("bytes", plan.bytes)
            writer.field("requests", plan.requests)
            writer.field("skipped", plan.skipped)
            writer.arrayField("entries") { writer in
                for entry in plan.entries {
                    writer.object { writer in
                        writer.path(entry.path)
                        writer.field("key", bytes: entry.key)
                        writer.field("size", entry.size)
                    }
                }
            }
            writer.field("scan_complete", plan.scanComplete)
        }
    }

    package mutating func limits(_ limits: Limits) {
        object { writer in
            writer.field("concurrency", limits.concurrency)
            writer.field("in_flight", limits.inFlight)
            writer.field("bandwidth_limit", limits.bandwidthLimit)
        }
    }

    package mutating func stores(_ stores: [StoreDescription]) {
        object { writer in
            writer.arrayField("stores") { writer in
                for store in stores {
                    writer.object { writer in
                        writer.field("name", store.name.rawValue)
                        writer.field("endpoint", store.endpoint)
                        writer.field("region", store.region)
                    }
                }
            }
        }
    }

    private mutating func eventFields(_ event: (revision: Revision, job: JobID)?) {
        guard let event else { return }
        field("revision", event.revision.rawValue)
        field("job_id", event.job.rawValue)
    }

    /// `path`, and beside one that is no UTF-8 its bytes.
    private mutating func path(_ path: [UInt8]) {
        field("path", bytes: path)
        if UTF8Scan.firstBadByte(in: path) != nil { field("path_base64", bytes: Base64.encoded(path)) }
    }

    private mutating func checksum(_ checksum: Checksum?) { field("checksum", checksum?.description) }

    private mutating func failureFields(_ failure: Failure) {
        field("code", failure.code.rawValue)
        field("message", failure.message)
        field("retryable", failure.retryable)
        field("attempts", failure.attempts)
        guard let s3 = failure.s3 else { return field("s3", String?.none) }
        objectField("s3") { writer in
            writer.field("code", s3.code)
            writer.field("http_status", s3.httpStatus.map(Int64.init))
            writer.field("request_id", s3.requestID)
        }
    }
}
