import Foundation

/// An HTTPS server that sends every body back, with a certificate that it issued itself. Python's, because these tests
/// are about libcurl's side alone. One for all tests; it ends with its standard input, that is with this process.
struct TLSServer {
    static let shared = Result { try TLSServer() }

    let port: Int
    let certificateFile: String
    private let input = Pipe()

    private init() throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.script]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var text = ""
        while !text.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { throw CocoaError(.fileReadUnknown) }
            text += String(decoding: data, as: UTF8.self)
        }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let port = Int(words[0]) else { throw CocoaError(.fileReadUnknown) }
        self.port = port
        certificateFile = String(words[1])
    }

    func url(host: String = "127.0.0.1") -> [UInt8] {
        Array("https://\(host):\(port)/b/k".utf8)
    }

    private static let script = """
        import http.server, os, ssl, subprocess, sys, tempfile, threading
        class Echo(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def log_message(self, *arguments): pass
            def do_PUT(self):
                body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
                self.send_response(200)
                self.send_header('Content-Length', str(len(body)))
                self.send_header('x-reused', str(self.connection.session_reused))
                self.end_headers()
                self.wfile.write(body)
        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *arguments): pass
        folder = tempfile.TemporaryDirectory()
        key, certificate = folder.name + '/key.pem', folder.name + '/certificate.pem'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
            '-days', '2', '-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key,
            '-out', certificate], check=True, stderr=subprocess.DEVNULL)
        server = Server(('127.0.0.1', 0), Echo)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        print(server.server_port, certificate, flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        """
}
