extension ScriptedServer {
    /// What the server does after it has read the head of a request, step by step.
    package struct Reply: Sendable {
        package enum Step: Sendable {
            /// Reads the whole body, after `100 Continue` when the client waits for it.
            case readBody
            /// Reads so many bytes of the body, or what there is.
            case readSome(Int)
            case send([UInt8])
            /// One byte after the other with the given pause, until the client leaves.
            case drip([UInt8], every: Duration)
            case wait(Gate)
            /// Until the client leaves.
            case silence
            case close
            /// Ends the connection by RST, whatever is in flight.
            case reset
        }

        package var steps: [Step]

        package init(_ steps: [Step]) {
            self.steps = steps
        }

        /// Reads the body, then answers with a Content-Length.
        package static func ok(_ body: [UInt8] = [], headers: [String] = []) -> Reply {
            status(200, body, headers: headers)
        }

        package static func status(_ status: Int, _ body: [UInt8] = [], headers: [String] = []) -> Reply {
            Reply([.readBody, .send(message(status, body, headers: headers))])
        }

        /// The bytes of a whole reply.
        package static func message(_ status: Int, _ body: [UInt8] = [], headers: [String] = []) -> [UInt8] {
            let lines = ["HTTP/1.1 \(status) Scripted", "Content-Length: \(body.count)"] + headers
            return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        }

        package static let reset = Reply([.readBody, .reset])
        package static let silence = Reply([.readBody, .silence])
    }

    /// Holds a scripted reply back until the test opens it.
    package final class Gate: Sendable {
        private let opening = Signal()

        package init() {}

        package func open() { opening.raise() }

        /// Blocks the server's thread.
        func wait() { opening.wait() }
    }
}
