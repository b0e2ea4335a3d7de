package import Model
import S3Client
import Synchronization

/// A part, or a whole small file, that moves by one request and its repetitions. Readable from any thread.
package final class RequestInFlight: Sendable {
    package let file: FileNumber
    package let path: [UInt8]
    package let number: PartNumber
    package let range: ByteRange
    /// False: the file moves by this request alone.
    package let isMultipart: Bool
    /// Whether the part comes from the store rather than going there.
    private let isReceived: Bool
    /// A second request for a part whose first is late. It is not shown: the part is in flight once.
    let isHedge: Bool
    let progress = TransferProgress()
    private let attempts = Atomic<Int>(0)
    private let wasted = Atomic<Int64>(0)
    private let refusal = Mutex<(any Error)?>(nil)
    private let start = Mutex<ContinuousClock.Instant?>(nil)

    init(
        file: FileTransfer, number: PartNumber, range: ByteRange, isMultipart: Bool, isReceived: Bool = false,
        isHedge: Bool = false
    ) {
        self.file = file.number
        path = file.path
        self.number = number
        self.range = range
        self.isMultipart = isMultipart
        self.isReceived = isReceived
        self.isHedge = isHedge
    }

    /// Of the present attempt, in bytes; or received, as the part goes.
    package var bytesSent: Int64 {
        min(Int64(isReceived ? progress.bytesReceived : progress.bytesSent), range.count)
    }

    /// From 1 once the first has begun.
    package var attempt: Int { attempts.load(ordering: .relaxed) }

    /// When the present attempt began; nil while there is none.
    var beginTime: ContinuousClock.Instant? { start.withLock { $0 } }

    /// Sent by attempts that came to nothing.
    var resentBytes: Int64 { wasted.load(ordering: .relaxed) }

    /// Runs what must hold before an attempt. `S3Client` knows an error of it only as the end of the operation: what it
    /// was is kept for `reason`.
    func admitting(_ body: () async throws -> Permit) async throws -> Permit {
        do {
            return try await body()
        } catch {
            refusal.withLock { $0 = error }
            throw error
        }
    }

    /// Why no further attempt was made, if it was our own doing; else what the operation threw.
    func reason(_ error: S3Error) -> any Error { refusal.withLock { $0 } ?? error }

    /// An attempt begins, of the same operation or of another one for the same bytes: what the one before has sent was
    /// sent in vain.
    func begin() {
        start.withLock { $0 = .now }
        if attempts.add(1, ordering: .relaxed).oldValue > 0 { wasted.add(bytesSent, ordering: .relaxed) }
    }
}
