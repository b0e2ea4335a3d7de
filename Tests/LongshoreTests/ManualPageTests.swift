import API
import Testing

@testable import longshore

/// The manual page.
struct ManualPageTests {
    @Test func everyCommandAndOptionOfTheParserIsInIt() throws {
        let page = try Manual.page().text
        #expect(page.hasPrefix(".TH LONGSHORE 1"))
        for command in [
            "upload", "download", "copy", "list", "show", "watch", "parts", "pause", "resume", "cancel", "retry",
            "limits", "serve", "dev-store",
        ] {
            #expect(page.contains(".SS \"longshore \(command.replacing("-", with: "\\-"))"), "\(command)")
        }
        #expect(page.contains(".B \"\\-\\-bandwidth\\-limit <bytes>\"") && !page.contains("longshore manual"))
        #expect(page.contains("One of always, if_changed, never."))
    }

    @Test func nothingInItIsARequestByChance() throws {
        let tool = try JSONParser.parse(
            Array(
                #"{"command":{"commandName":"x","abstract":"A.","discussion":".so /etc/passwd\n    'a \\ b","subcommands":[]}}"#
                    .utf8))
        let page = ManualPage(tool: tool).text
        #expect(page.contains("\n\\&.so /etc/passwd\n.nf\n    'a \\e b\n.fi\n"))
    }
}
