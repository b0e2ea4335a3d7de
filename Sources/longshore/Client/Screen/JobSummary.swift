import API
import Foundation

/// What became of a job, for people. Pure.
struct JobSummary {
    let job: RemoteJob
    /// Whether it can be retried: its service goes on.
    var isKept = true

    /// Some lines, each with its end.
    func text(_ paint: Paint) -> String {
        let state = job.stateText.prefix(1).uppercased() + job.stateText.dropFirst()
        var lines = ["\(paint(job.hasSucceeded ? .green : .red, state)): \(moved)"]
        if let reason = job.stateReason { lines.append("  because  \(TextFormat.name(reason))") }
        if let error = job.error { lines.append("  error  \(error.line)") }
        for error in job.errors { lines.append("  failed  \(error.line)") }
        let more = job.progress.filesFailed - job.errors.count
        if more > 0 { lines.append("  and \(TextFormat.count(more)) more") }
        if isKept, !job.hasSucceeded, job.state != "cancelled" {
            lines.append("Once the cause is mended: longshore retry \(job.id)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `998 of 1,000 files, 2.8 GiB in 24.1 s, 119.0 MiB/s; 2 failed`
    private var moved: String {
        let progress = job.progress
        let files = TextFormat.count(progress.filesTotal)
        let succeeded = TextFormat.count(progress.filesSucceeded)
        var text = succeeded == files ? "\(files) files" : "\(succeeded) of \(files) files"
        if progress.filesTotal == 1, succeeded == files { text = "1 file" }
        text += ", \(TextFormat.bytes(progress.bytesSucceeded))"
        if let took {
            text += " in \(TextFormat.duration(took))"
            let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
            if seconds >= 0.1, progress.bytesSucceeded > 0 {
                text += ", \(TextFormat.bytes(Int64(Double(progress.bytesSucceeded) / seconds)))/s"
            }
        }
        if progress.filesSkipped > 0 { text += ", \(TextFormat.count(progress.filesSkipped)) skipped" }
        if progress.filesFailed > 0 { text += ", \(TextFormat.count(progress.filesFailed)) failed" }
        return text
    }

    private var took: Duration? {
        guard let start = job.startTime.flatMap(Self.moment), let end = job.endTime.flatMap(Self.moment) else {
            return nil
        }
        return .milliseconds(Int64((end.timeIntervalSince(start) * 1_000).rounded()))
    }

    private static func moment(_ text: String) -> Date? {
        try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
