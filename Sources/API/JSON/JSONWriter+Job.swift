package import Model
package import Scheduling

extension JSONWriter {
    /// A job as `GET /v1/jobs/{id}` shows it.
    ///
    /// - Parameters:
    ///   - revision: what `revision` says; the status's own unless an event carries another.
    ///   - isEvent: with `job_id` beside `id`, as every event has it.
    package mutating func job(_ status: JobStatus, revision: Revision? = nil, isEvent: Bool = false) {
        let job = status.job
        object { writer in
            writer.field("id", job.id.rawValue)
            writer.field("tenant", job.tenant.rawValue)
            if isEvent { writer.field("job_id", job.id.rawValue) }
            writer.field("kind", job.spec.kind.rawValue)
            writer.field("state", job.state.rawValue)
            writer.field("done", job.state.isFinal)
            writer.field("attempt", job.attempt)
            writer.field("state_reason", job.stateReason)
            writer.name("spec")
            writer.spec(job.spec)
            writer.objectField("progress") { $0.progressFields(JobProgress(job, status.live)) }
            writer.objectField("queue") { writer in
                writer.field("position", status.queuePosition)
                writer.field("waiting_for", status.waitingFor?.rawValue)
            }
            writer.name("error")
            writer.failure(job.error)
            writer.arrayField("errors") { writer in
                let naming = ObjectNaming(job.spec)
                for file in status.failedFiles { writer.failedFile(file, naming) }
            }
            if let uploads = status.openUploads { writer.openUploads(uploads) }
            if let trace = job.traceParent { writer.field("traceparent", trace.text) }
            writer.field("revision", (revision ?? status.entityRevision).rawValue)
            writer.field("create_time", job.createTime)
            writer.field("start_time", job.startTime)
            writer.field("update_time", job.updateTime)
            writer.field("end_time", job.endTime)
        }
    }

    private mutating func openUploads(_ open: OpenUploads) {
        objectField("open_uploads") { writer in
            writer.field("count", open.count)
            writer.arrayField("uploads") { writer in
                for upload in open.uploads {
                    writer.object { writer in
                        writer.field("key", bytes: upload.key)
                        writer.field("upload_id", upload.uploadID?.rawValue)
                        writer.field("create_time", upload.createTime)
                        writer.field("state", upload.state.rawValue)
                        writer.field("reason", upload.reason)
                    }
                }
            }
        }
    }

    package mutating func progressFields(_ progress: JobProgress) {
        let counters = progress.counters
        let live = progress.live
        field("scan_complete", progress.scanComplete)
        name("fraction")
        if let millionths = progress.millionths { fraction(millionths: millionths) } else { null() }
        field("bytes_per_second", live.bytesPerSecond)
        field("eta_seconds", live.etaSeconds)
        objectField("files") { writer in
            writer.field("total", counters.filesTotal)
            writer.field("succeeded", counters.filesSucceeded)
            writer.field("failed", counters.filesFailed)
            writer.field("skipped", counters.filesSkipped)
            writer.field("in_flight", progress.filesInFlight)
            writer.field("pending", progress.filesPending)
        }
        objectField("bytes") { writer in
            writer.field("total", counters.bytesTotal)
            writer.field("succeeded", counters.bytesSucceeded)
            writer.field("failed", counters.bytesFailed)
            writer.field("in_flight", live.bytesInFlight)
            writer.field("skipped", counters.bytesSkipped)
            writer.field("reused", counters.bytesReused)
            writer.field("resent", counters.bytesResent)
        }
        objectField("parts") { writer in
            writer.field("total", counters.partsTotal)
            writer.field("succeeded", counters.partsSucceeded)
            writer.field("in_flight", live.partsInFlight)
        }
        field("requests_in_flight", live.requestsInFlight)
    }

    /// The spec as it was accepted: posted again as it stands it means the same, so what was not given and has no
    /// default is left out, and so is what belongs to another kind.
    package mutating func spec(_ spec: JobSpec) {
        object { writer in
            writer.field("kind", spec.kind.rawValue)
            writer.optional("source", spec.source)
            writer.optional("destination", spec.destination)
            writer.optional("source_bucket", spec.sourceBucket)
            writer.optional("source_prefix", spec.sourcePrefix)
            writer.optional("source_key", spec.sourceKey)
            writer.optional("source_store", spec.sourceStore?.rawValue)
            writer.field("bucket", spec.bucket)
            writer.optional("prefix", spec.key == nil ? spec.prefix : nil)
            writer.optional("key", spec.key)
            if let paths = spec.paths { writer.field("paths", strings: paths) }
            writer.field("store", spec.store.rawValue)
            writer.field("concurrency", spec.concurrency)
            writer.field("priority", spec.priority)
            writer.field("include", strings: spec.include)
            writer.field("exclude", strings: spec.exclude)
            writer.field("overwrite", spec.overwrite.rawValue)
            if spec.kind == .upload {
                writer.field("symlinks", spec.symlinks.rawValue)
                writer.field("empty_directories", spec.emptyDirectories.rawValue)
            }
            writer.field("preserve_times", spec.preserveTimes)
            writer.field("part_size", spec.partSize)
            writer.field("multipart_threshold", spec.multipartThreshold)
            if spec.kind != .copy { writer.field("checksum", spec.checksum.rawValue) }
            if spec.kind != .download { writer.objectFields(of: spec) }
            writer.field("on_error", spec.onError.rawValue)
            if let limit = spec.bandwidthLimit { writer.field("bandwidth_limit", limit) }
            writer.field("labels", map: spec.labels)
            guard let webhook = spec.webhook else { return }
            writer.objectField("webhook") { writer in
                writer.field("url", webhook.url)
                writer.field("events", strings: webhook.events)
            }
        }
    }

    private mutating func objectFields(of spec: JobSpec) {
        field("metadata", map: spec.metadata)
        field("tags", map: spec.tags)
        optional("content_type", spec.contentType)
        optional("cache_control", spec.cacheControl)
        optional("storage_class", spec.storageClass)
        optional("server_side_encryption", spec.serverSideEncryption)
        optional("kms_key_id", spec.kmsKeyID)
        optional("acl", spec.acl)
    }

    private mutating func optional(_ name: String, _ value: String?) {
        if let value { field(name, value) }
    }
}
