import Model
package import Scheduling

/// A job for people: a small table, and one column of percentages for each part in flight.
package enum JobText {
    package static func render(_ status: JobStatus, parts: [LivePart]) -> [UInt8] {
        let job = status.job
        let progress = JobProgress(job, status.live)
        var lines = [
            row("job", job.id.rawValue),
            row("state", job.attempt == 1 ? job.state.rawValue : "\(job.state.rawValue), attempt \(job.attempt)"),
            row("from", TextFormat.name(source(of: job.spec))),
            row("to", TextFormat.name(destination(of: job.spec))),
            row("files", files(progress)),
            row("bytes", bytes(progress) + took(job)),
            row("progress", Self.progress(progress)),
        ]
        if let reason = job.stateReason { lines.append(row("because", TextFormat.name(reason))) }
        if let waiting = status.waitingFor {
            let position = status.queuePosition > 0 ? ", behind \(TextFormat.count(status.queuePosition)) jobs" : ""
            lines.append(row("waiting for", waiting.rawValue + position))
        }
        if let error = job.error {
            lines.append(row("error", "\(error.code.rawValue) \(TextFormat.name(error.message))"))
        }
        for file in status.failedFiles {
            let failure = file.failure.map { " \($0.code.rawValue) \(TextFormat.name($0.message))" } ?? ""
            lines.append(row("failed", TextFormat.name(file.path) + failure))
        }
        if !parts.isEmpty {
            lines.append("")
            lines += columns(parts)
        }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// Two lines: what each column is, and how much of it was sent.
    static func columns(_ parts: [LivePart]) -> [String] {
        var heads = [TextFormat.left("in flight", width: 12)]
        var values = [TextFormat.left("", width: 12)]
        for part in parts {
            let name = TextFormat.shortName(part.path, width: 20)
            let head = part.isMultipart ? "\(name):\(part.number.rawValue)" : name
            let value = "\(TextFormat.percent(part.bytesSent, of: part.range.count))%"
            let width = max(head.count, value.count)
            heads.append(TextFormat.right(head, width: width))
            values.append(TextFormat.right(value, width: width))
        }
        return [heads.joined(separator: "  "), values.joined(separator: "  ")]
    }

    private static func row(_ name: String, _ value: String) -> String {
        TextFormat.left(name, width: 12) + "  " + value
    }

    private static func source(of spec: JobSpec) -> String {
        switch spec.kind {
        case .upload: spec.source ?? ""
        case .download: "\(spec.bucket)/\(spec.key ?? spec.prefix ?? "")"
        case .copy: "\(spec.sourceBucket ?? "")/\(spec.sourceKey ?? spec.sourcePrefix ?? "")"
        }
    }

    private static func destination(of spec: JobSpec) -> String {
        spec.kind == .download ? spec.destination ?? "" : "\(spec.bucket)/\(spec.key ?? spec.prefix ?? "")"
    }

    private static func files(_ progress: JobProgress) -> String {
        let counters = progress.counters
        let parts = [
            "\(TextFormat.count(counters.filesSucceeded)) of \(TextFormat.count(counters.filesTotal)) succeeded",
            "\(TextFormat.count(counters.filesFailed)) failed", "\(TextFormat.count(counters.filesSkipped)) skipped",
            "\(TextFormat.count(progress.filesInFlight)) in flight",
            "\(TextFormat.count(progress.filesPending)) pending",
        ]
        return parts.joined(separator: ", ")
    }

    private static func bytes(_ progress: JobProgress) -> String {
        let done = TextFormat.bytes(Int64(progress.counters.bytesSucceeded))
        let speed = TextFormat.bytes(progress.bytesPerSecond)
        return "\(done) of \(TextFormat.bytes(Int64(progress.counters.bytesTotal))), \(speed)/s"
    }

    private static func took(_ job: Job) -> String {
        guard job.state.isFinal, let start = job.startTime, let end = job.endTime else { return "" }
        return " in \(TextFormat.duration(end.since(start)))"
    }

    static func progress(_ progress: JobProgress) -> String {
        guard let millionths = progress.millionths else { return "the source is being scanned" }
        let left = progress.live.etaSeconds.map { ", \(TextFormat.duration(seconds: $0)) left" } ?? ""
        return TextFormat.percent(millionths: millionths) + left
    }
}
