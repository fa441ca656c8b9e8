using System.CommandLine;

namespace Fovea.Cli.Framework;

/// <summary>One command: its options, its help, and what it does. Made only when it is invoked, so that starting costs what the verb costs.</summary>
internal abstract class Verb : Command
{
    private readonly List<OptionGroup> _groups = [];

    /// <summary>A verb.</summary>
    /// <param name="path">How it is invoked: "train", "data list".</param>
    /// <param name="summary">What it does, in one line.</param>
    protected Verb(string path, string summary) : base(path.Split(' ')[^1], summary) => FullName = path;

    /// <summary>How it is invoked: "train", "data list".</summary>
    public string FullName { get; }

    /// <summary>What follows the verb, for the help: "[MODEL...] [options]".</summary>
    public abstract string Usage { get; }

    /// <summary>Commands to copy, for the help.</summary>
    public virtual IReadOnlyList<string> Examples => [];

    /// <summary>More than options can say, for the help; lines to be printed as they are.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>The options in the order and groups in which the help shows them.</summary>
    public IReadOnlyList<OptionGroup> Groups => _groups;

    /// <summary>The arguments with those that some of them stand for, such as a recipe's options; by default as they are.</summary>
    /// <param name="parsed">The arguments as they were understood.</param>
    /// <param name="rest">The arguments as they were typed.</param>
    public virtual IReadOnlyList<string> Expand(ParseResult parsed, IReadOnlyList<string> rest) => rest;

    /// <summary>Does the work.</summary>
    /// <returns>What the process returns; see <see cref="ExitCode"/>.</returns>
    public abstract int Run(ParseResult parsed, CliConsole console);

    /// <summary>Opens a group of options for the help.</summary>
    protected void Group(string title) => _groups.Add(new OptionGroup(title, []));

    /// <summary>Adds an option to the group opened last.</summary>
    protected T With<T>(T option) where T : Option
    {
        if (_groups.Count == 0)
            Group("Options");
        _groups[^1].Options.Add(option);
        Options.Add(option);
        return option;
    }

    /// <summary>Adds an argument.</summary>
    protected Argument<string[]> WithArguments(string name, string help, int least)
    {
        Argument<string[]> argument = new(name) { Description = help, Arity = new ArgumentArity(least, 100_000) };
        Arguments.Add(argument);
        return argument;
    }
}

/// <summary>Options under one heading of the help.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Options">The options.</param>
internal sealed record OptionGroup(string Title, List<Option> Options);
