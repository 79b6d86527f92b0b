import Bootstrap
import Config
import Platform

do throws(UsageFault) {
  switch try Command.parse(Array(CommandLine.arguments.dropFirst())) {
  case .showHelp: print(Command.help)
  case .showVersion: print("martlet \(martletVersion)")
  case .validate(let path, let strict): exitProcess(validate(path, strict: strict))
  case .run(let options): exitProcess(runProxy(options))
  }
} catch {
  printError("martlet: \(error.text)")
  exitProcess(2)
}
