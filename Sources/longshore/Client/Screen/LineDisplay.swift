/// For pipes and logs: a line to standard error at each change of state and every few seconds; the result to standard
/// output.
actor LineDisplay: JobDisplay {
    private let showsParts: Bool
    private let interval: Duration
    private var job: RemoteJob?
    private var parts = PartsView()
    private var isLost = false
    private var due = ContinuousClock.now

    init(showsParts: Bool, interval: Duration = .seconds(5)) {
        self.showsParts = showsParts
        self.interval = interval
    }

    func show(_ event: RemoteEvent) {
        let known = job
        if let job = event.job { self.job = job }
        if let progress = event.progress { job?.take(progress) }
        if let parts = event.parts { self.parts.show(parts) }
        guard let job else { return }
        if isLost || (known?.state != job.state && !job.isDone) { tell(job) }
        isLost = false
    }

    func lost(_ error: ClientError) {
        if !isLost { Terminal.complain(error.message + " Trying again.") }
        isLost = true
    }

    func tick() {
        if let job, !isLost, !job.isDone, ContinuousClock.now >= due { tell(job) }
    }

    func say(_ line: String) { Terminal.complain(line) }

    func finish(_ summary: JobSummary?) {
        if let summary { Terminal.write(summary.text(Paint(isOn: false))) }
    }

    private func tell(_ job: RemoteJob) {
        due = .now + interval
        Terminal.complain(ProgressBar(job: job).sentence)
        if showsParts, !parts.sentence.isEmpty { Terminal.complain("parts in flight: \(parts.sentence)") }
    }
}
