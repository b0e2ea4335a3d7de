import API

@testable import longshore

/// Jobs and parts as a service tells of them.
enum ClientSamples {
    static func document(
        state: String = "running", done: Bool = false, fraction: String = "0.43", files: String = "",
        waitingFor: String = "null", more: String = ""
    ) throws -> JSONValue {
        let counts = files.isEmpty ? #""total":1000,"succeeded":400,"failed":0,"skipped":0"# : files
        return try JSONParser.parse(
            Array(
                """
                {"id":"01kjob","kind":"upload","state":"\(state)","done":\(done),"attempt":1,"state_reason":null,
                "spec":{"source":"/home/me/photos","bucket":"media","prefix":"backup/"},
                "progress":{"scan_complete":\(fraction != "null"),"fraction":\(fraction),"bytes_per_second":124256256,
                "eta_seconds":12,"files":{\(counts)},
                "bytes":{"total":3221225472,"succeeded":1342177280,"in_flight":0}},
                "queue":{"position":0,"waiting_for":\(waitingFor)},"error":null,"errors":[],"revision":9,
                "create_time":"2026-11-21T07:32:00.000Z","start_time":"2026-11-21T07:32:00.500Z",
                "end_time":\(done ? "\"2026-11-21T07:32:10.500Z\"" : "null")\(more)}
                """.utf8))
    }

    static func part(_ path: String, _ number: Int, sent: Int64, of size: Int64 = 100) -> RemotePart {
        RemotePart(path: path, number: number, size: size, bytesSent: sent)
    }
}
