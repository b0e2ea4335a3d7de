import Model

/// One upload of a file as this run moves it.
struct UploadSession: Sendable {
    let upload: MultipartUpload
    let plan: PartPlan
    let kept: KeptParts
    let tally: PartTally
    /// An earlier run began it, and may have completed it.
    let isResumed: Bool

    func range(of number: PartNumber) -> ByteRange { plan.range(of: number) }
}
