package import Model

/// What a file's transfer asks of whoever runs its job: permits, pace, and a record of what was done. To record is also
/// to publish. The scheduler's run of a job is its one conformer; it exists because Transfers must not know Storage.
///
/// All calls may come from any task of the job, many at once. Those that throw throw `CancellationError` when the job
/// was stopped, or a `Failure` that is the file's.
package protocol TransferLedger: Sendable {
    /// Unique in the state directory, for the names of temporary files.
    var job: String { get }

    /// Waits for the right to one exchange with a store. It is the last thing acquired and held during the exchange alone.
    func permit(_ urgency: TransferUrgency, at store: StoreName) async throws -> Permit

    /// Whether a store may be asked for more than is needed: not while it has asked to slow down.
    func maySpare(at store: StoreName) -> Bool

    /// Waits until the job's and the service's bandwidth limits let this many bytes go. Holds no permit.
    func pace(bytes: Int64) async throws

    /// Bytes per second that one exchange may take at most; 0: no limit.
    var bytesPerSecond: Int { get }

    /// A place among the parts that are read ahead of being sent; given back once the part has been sent.
    func takePlace() async throws
    func giveBackPlace()

    /// Shown among what is in flight from its first attempt until its end.
    func began(_ request: RequestInFlight)
    /// - Parameter acknowledgedBytes: what the store has now; 0 when the request failed.
    func ended(_ request: RequestInFlight, acknowledgedBytes: Int64)

    /// Durable: the intention to create a multipart upload, written before the request.
    func intendUpload(of file: FileTransfer, at location: ObjectLocation) async throws
    /// Durable: the upload id, written before any part.
    /// - Parameter mayHaveMore: its creation was asked for more than once, and each time may have made an upload.
    func recordUpload(
        _ upload: MultipartUpload, of file: FileTransfer, plan: PartPlan, mayHaveMore: Bool
    ) async throws
    /// Durable: whatever was recorded of the file's parts, written before the upload is completed. A completed upload
    /// can be listed no longer: were a part unknown then, a later run could not tell that the object is ours.
    func settleParts(of file: FileTransfer) async throws
    /// Durable: what a large object is fetched by, written before its first range. The id stands for its temporary file.
    func recordDownload(_ download: MultipartUpload, of file: FileTransfer, plan: PartPlan) async throws
    /// Recorded parts that turned out not to be there, or not whole.
    func forget(_ parts: [PartNumber], of file: FileTransfer) async throws
    /// The upload was completed, or is known to be gone.
    func closeUpload(of file: FileTransfer) async throws
    /// The file starts anew: its parts and its upload id count no longer.
    func restart(_ file: FileTransfer) async throws
    /// What was recorded of the file's parts by an earlier run.
    func recordedParts(of file: FileTransfer) async throws -> [Part]
    /// - Parameters:
    ///   - countsBytes: what of the part was not counted as acknowledged before.
    ///   - isNew: false for a part that was recorded before, and had to be sent again.
    func record(_ part: Part, of file: FileTransfer, countsBytes: Int64, isNew: Bool, resentBytes: Int64) async throws
}

/// Where in its job a request stands; see `SchedulerState.Urgency`.
package enum TransferUrgency: Sendable, Hashable {
    case startedFile
    case newFile(size: Int64)
}
