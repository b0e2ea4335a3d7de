extension ContinuousClock {
    /// False when the task was cancelled: the server stops, and a stream without an end ends here, whole.
    func waits(until moment: Instant) async -> Bool {
        if moment <= now { return !Task.isCancelled }
        do {
            try await sleep(until: moment, tolerance: .zero)
            return !Task.isCancelled
        } catch {
            return false
        }
    }
}
