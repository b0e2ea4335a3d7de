/// Ends a call when a streamed answer is done with, or when the answer is dropped without ever being sent.
final class EndToken: Sendable {
    private let action: @Sendable () -> Void

    /// - Parameter action: may be called twice.
    init(_ action: @escaping @Sendable () -> Void) {
        self.action = action
    }

    func end() {
        action()
    }

    deinit {
        action()
    }
}
