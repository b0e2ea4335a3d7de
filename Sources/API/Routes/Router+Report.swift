import HTTPServer
import HTTPTypes
import Model
import Scheduling
import Storage

extension Router {
    /// Every file of an ended job, a page of rows in memory at a time.
    func report(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        let job = try await storedJob(try call.jobID(), call)
        guard job.state.isFinal else {
            throw ProblemDetails(.conflict, "The report comes with the job's end. The job is \(job.state.rawValue).")
        }
        let type = Accept.choose(call.request.head.headerFields[.accept], from: [.ndjson, .csv])
        return ServerResponse(
            status: .ok, headerFields: [.contentType: type.fieldValue, .vary: "Accept"],
            body: .stream { [store] in try await Self.writeReport(of: job, from: store, isCSV: type == .csv, to: $0) })
    }

    private static func writeReport(
        of job: Job, from store: JobStore, isCSV: Bool, to writer: ResponseWriter
    ) async throws {
        let page = 500
        let naming = ObjectNaming(job.spec)
        var after: FileNumber?
        if isCSV { try await writer.write(FileCSV.header) }
        while true {
            let files = try await store.files(job.number, states: nil, after: after, limit: page)
            if !files.isEmpty { try await writer.write(isCSV ? csv(files, naming) : lines(files, naming)) }
            guard files.count == page, let last = files.last else { return }
            after = last.number
        }
    }

    private static func lines(_ files: [FileTransfer], _ naming: ObjectNaming) -> [UInt8] {
        var writer = JSONWriter(capacity: files.count * 320)
        for file in files {
            writer.file(file, naming)
            writer.verbatim("\n")
        }
        return writer.bytes
    }

    private static func csv(_ files: [FileTransfer], _ naming: ObjectNaming) -> [UInt8] {
        var bytes: [UInt8] = []
        for file in files { FileCSV.append(file, naming, to: &bytes) }
        return bytes
    }
}
