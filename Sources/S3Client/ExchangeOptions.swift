/// How the bytes of one operation move.
package struct ExchangeOptions: Sendable {
    /// Told while bytes move; begins at zero again with each attempt.
    package var progress: TransferProgress?
    /// Bytes per second in each direction; 0: no limit.
    package var maximumBytesPerSecond: Int

    package init(progress: TransferProgress? = nil, maximumBytesPerSecond: Int = 0) {
        self.progress = progress
        self.maximumBytesPerSecond = maximumBytesPerSecond
    }
}
