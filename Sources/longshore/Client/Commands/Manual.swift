import API
import ArgumentParser

/// `longshore manual`: the manual page, for whoever packages the program.
struct Manual: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the manual page (man 7 man).", shouldDisplay: false)

    static func page() throws -> ManualPage {
        ManualPage(tool: try JSONParser.parse(Array(Longshore._dumpHelp().utf8)))
    }

    func run() throws { Terminal.write(try Self.page().text) }
}
