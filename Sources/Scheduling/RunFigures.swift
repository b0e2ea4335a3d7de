internal import Metrics
internal import Model

/// What jobs, files and their bytes came to since the process began. Any thread may count.
final class RunFigures: Sendable {
    private static let finals = JobState.allCases.filter(\.isFinal)
    private static let ends: [FileState] = [.succeeded, .failed, .skipped]

    let queueWait = Histogram(.jobs)
    private let jobs = InlineArray<12, Histogram> { _ in Histogram(.jobs) }
    private let files = InlineArray<9, Counter> { _ in Counter() }
    private let moved = InlineArray<3, Counter> { _ in Counter() }
    private let resent = Counter()

    /// A job has ended.
    func noteEnd(_ job: Job, as state: JobState, at time: Timestamp) {
        guard let place = Self.finals.firstIndex(of: state) else { return }
        jobs[place * 3 + job.spec.kind.place].observe(job.startTime.map { time.since($0) } ?? .zero)
    }

    /// A file has ended.
    func note(_ outcome: FileState, _ kind: JobSpec.Kind, acknowledgedBytes: Int64, resentBytes: Int64) {
        switch outcome {
        case .succeeded: files[kind.place].add()
        case .failed: files[3 + kind.place].add()
        case .skipped: files[6 + kind.place].add()
        case .pending, .inFlight: break
        }
        note(kind, acknowledgedBytes: acknowledgedBytes, resentBytes: resentBytes)
    }

    /// A part has ended.
    func note(_ kind: JobSpec.Kind, acknowledgedBytes: Int64, resentBytes: Int64) {
        if acknowledgedBytes > 0 { moved[kind.place].add(Int(acknowledgedBytes)) }
        if resentBytes > 0 { resent.add(Int(resentBytes)) }
    }

    func write(to exposition: inout Exposition) {
        exposition.histogram(
            "longshore_queue_wait_seconds", "From a job's place in the queue until it had a slot."
        ) { $0.add([], queueWait) }
        exposition.histogram(
            "longshore_job_duration_seconds", "From a job's first start until its end, by kind and final state."
        ) { family in
            for (place, state) in Self.finals.enumerated() {
                for kind in JobSpec.Kind.allCases {
                    let labels = [("kind", kind.rawValue), ("state", state.rawValue)]
                    family.add(labels, jobs[place * 3 + kind.place])
                }
            }
        }
        exposition.counter("longshore_files_total", "Files that have ended, by the job's kind and the file's state.") {
            for (place, state) in Self.ends.enumerated() {
                for kind in JobSpec.Kind.allCases {
                    let labels = [("kind", kind.rawValue), ("state", state.rawValue)]
                    $0.add(labels, files[place * 3 + kind.place].value)
                }
            }
        }
        exposition.counter("longshore_moved_bytes_total", "Bytes that were moved and acknowledged, by the job's kind.")
        {
            for kind in JobSpec.Kind.allCases { $0.add([("kind", kind.rawValue)], moved[kind.place].value) }
        }
        exposition.counter("longshore_resent_bytes_total", "Bytes that were sent more than once.", resent.value)
    }
}

extension JobSpec.Kind {
    /// Its place among all, for tables.
    fileprivate var place: Int {
        switch self {
        case .upload: 0
        case .download: 1
        case .copy: 2
        }
    }
}
