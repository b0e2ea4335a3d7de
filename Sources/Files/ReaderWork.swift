/// A `ReaderJob` of whatever value, as the queue holds it.
protocol ReaderWork: AnyObject, Sendable {
    var isCancelled: Bool { get }
    /// On a reader thread.
    func run(_ scratch: ReaderScratch)
    /// Ends it without running it.
    func refuse(_ error: FileError)
}
