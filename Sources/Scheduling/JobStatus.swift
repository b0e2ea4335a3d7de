package import Model

/// A job as a caller sees it: the stored row, and what only memory knows.
package struct JobStatus: Sendable {
    /// What a job that is not done waits for; nil while requests of it are in flight.
    package enum WaitingFor: String, Sendable {
        case slot
        case permit
        case storeBackoff = "store_backoff"
        case stateDisk = "state_disk"
    }

    package var job: Job
    package var live: LiveState
    /// Queued jobs before it; 0 when it is not queued.
    package var queuePosition: Int
    package var waitingFor: WaitingFor?
    /// The first ten.
    package var failedFiles: [FileTransfer]
    /// Nil where it was not asked for: in lists and events.
    package var openUploads: OpenUploads?
    /// For `ETag` and `revision`: moves with the job's own changes at once, with its counters at most once a second.
    package var entityRevision: Revision

    package init(
        job: Job, live: LiveState, queuePosition: Int, waitingFor: WaitingFor?, failedFiles: [FileTransfer],
        openUploads: OpenUploads? = nil, entityRevision: Revision
    ) {
        self.job = job
        self.live = live
        self.queuePosition = queuePosition
        self.waitingFor = waitingFor
        self.failedFiles = failedFiles
        self.openUploads = openUploads
        self.entityRevision = entityRevision
    }
}

/// What is in flight of a job, from memory.
package struct LiveState: Sendable {
    package var requestsInFlight = 0
    package var filesInFlight = 0
    package var partsInFlight = 0
    /// Of requests that carry a body: begun and not at their end, in flight or between two attempts.
    package var hasBegunRequests = false
    /// Sent of unfinished requests.
    package var bytesInFlight: Int64 = 0
    /// Over the last seconds; 0 when nothing moves.
    package var bytesPerSecond: Int64 = 0
    package var etaSeconds: Int64?

    package init() {}
}

/// A part, or a single-request file, that moves now.
package struct LivePart: Sendable {
    package var file: FileNumber
    package var path: [UInt8]
    package var number: PartNumber
    package var range: ByteRange
    package var bytesSent: Int64
    package var attempt: Int
    /// False: the file moves by one request.
    package var isMultipart: Bool

    package init(
        file: FileNumber, path: [UInt8], number: PartNumber, range: ByteRange, bytesSent: Int64, attempt: Int,
        isMultipart: Bool
    ) {
        self.file = file
        self.path = path
        self.number = number
        self.range = range
        self.bytesSent = bytesSent
        self.attempt = attempt
        self.isMultipart = isMultipart
    }
}

/// What `validate_only` answers: what the job would do.
package struct TransferPlan: Sendable {
    package struct Entry: Sendable {
        package var path: [UInt8]
        package var key: [UInt8]
        package var size: Int64
        package var requests: Int

        package init(path: [UInt8], key: [UInt8], size: Int64, requests: Int) {
            self.path = path
            self.key = key
            self.size = size
            self.requests = requests
        }
    }

    package var files = 0
    package var bytes: Int64 = 0
    package var requests = 0
    package var skipped = 0
    package var failed = 0
    /// The first hundred.
    package var entries: [Entry] = []
    /// False when it stopped at the time limit.
    package var scanComplete = false

    package init() {}
}

package struct Limits: Sendable, Hashable {
    package var concurrency: Int
    package var inFlight: Int
    package var bandwidthLimit: Int64?

    package init(concurrency: Int, inFlight: Int, bandwidthLimit: Int64?) {
        self.concurrency = concurrency
        self.inFlight = inFlight
        self.bandwidthLimit = bandwidthLimit
    }
}

package struct LimitsPatch: Sendable {
    package var concurrency: Int?
    /// `.some(nil)` takes the limit away.
    package var bandwidthLimit: Int64??

    package init() {}
}

/// A store as callers may see it: never a secret.
package struct StoreDescription: Sendable {
    package var name: StoreName
    package var endpoint: String
    package var region: String

    package init(name: StoreName, endpoint: String, region: String) {
        self.name = name
        self.endpoint = endpoint
        self.region = region
    }
}
