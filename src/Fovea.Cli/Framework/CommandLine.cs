using System.CommandLine;
using System.Reflection;
using Fovea.Cli.Json;
using Fovea.Kernels;

namespace Fovea.Cli.Framework;

/// <summary>From arguments to an exit code: finds the verb, parses its options, runs it, and turns errors into messages.</summary>
internal static class CommandLine
{
    /// <summary>The environment variable that shows the trace of an unexpected error when it is 1.</summary>
    public const string DebugVariable = "FOVEA_DEBUG";

    /// <summary>Where an unexpected error is to be reported.</summary>
    private const string Report = "Please report it with the command that you typed and the output of 'fovea doctor'";

    /// <summary>Runs a command.</summary>
    /// <returns>0 done, 1 failed, 2 wrong use, 130 interrupted.</returns>
    public static int Run(IReadOnlyList<string> args, CliConsole console)
    {
        bool json = args.TakeWhile(a => a != "--").Contains("--json");
        string name = "fovea";
        try
        {
            if (VerbSelection.Of(args, console) is not { } selected)
                return ExitCode.Done;
            name = $"fovea {selected.Verb.FullName}";
            ParseResult parsed = ArgumentErrors.Parse(selected.Verb, selected.Rest);
            IReadOnlyList<string> expanded = selected.Verb.Expand(parsed, selected.Rest);
            if (!ReferenceEquals(expanded, selected.Rest))
                parsed = ArgumentErrors.Parse(selected.Verb, expanded);
            int exit = selected.Verb.Run(parsed, console);
            // Here, where a full disk behind a redirection is still an error that can be told.
            console.Out.Flush();
            return exit;
        }
        catch (UsageException e)
        {
            console.Log($"{name}: {e.Message}");
            console.Log($"'{name} --help' shows what there is.");
            return ExitCode.Usage;
        }
        catch (OperationCanceledException) when (console.Stop.Requested)
        {
            console.Log($"{name}: stopped.");
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            return Failed(name, e, json, console);
        }
    }

    /// <summary>The program's version: "0.1.0".</summary>
    public static string Version =>
        (Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown")
            .Split('+')[0];

    private static int Failed(string name, Exception e, bool json, CliConsole console)
    {
        bool debug = Environment.GetEnvironmentVariable(DebugVariable) == "1";
        string message = e switch
        {
            FoveaException => e.Message,
            OutOfMemoryException => "The memory is used up. A smaller --batch-size or --img-size needs less.",
            IOException or UnauthorizedAccessException => $"Reading or writing failed: {e.Message}",
            _ => $"An error that should not happen: {e.Message} ({e.GetType().Name}). "
                + $"{Report}{(debug ? "." : $"; {DebugVariable}=1 shows where it happened.")}",
        };
        console.Log($"{name}: {message}");
        if (debug)
            console.Log(e.ToString());
        if (json && e is not IOException)
            console.WriteJson(new ErrorJson(message), CliJson.Default.ErrorJson);
        return ExitCode.Failed;
    }
}
