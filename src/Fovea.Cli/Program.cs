using Fovea.Cli.Framework;

using CliConsole console = CliConsole.OfProcess();
return CommandLine.Run(args, console);
