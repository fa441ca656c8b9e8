using Fovea.Cli.Framework;
using Fovea.Cli.Runs;
using Fovea.Cli.Text;
using Fovea.Kernels;
using Fovea.Training;

namespace Fovea.Cli.Tests;

public sealed class LiveTests
{
    [Fact]
    public void CurvesAreDrawnWithDots()
    {
        // Two dots across, four down: the left one at the bottom, the right one at the top, joined in the right column.
        Assert.Equal(["⡸"], BrailleChart.Draw([0, 1], 1, 1));
        Assert.Equal(["⠉⠉⠀"], BrailleChart.Draw([2, 2, 2, 2], 3, 1).Select(r => r.Replace('⣀', '⠉')));
        string[] rows = BrailleChart.Draw([.. Enumerable.Range(0, 1000).Select(i => (double)i), double.NaN], 10, 3);
        Assert.Equal(3, rows.Length);
        Assert.All(rows, row => Assert.Equal(10, row.Length));
        Assert.NotEqual('\u2800', rows[2][0]);
        Assert.NotEqual('\u2800', rows[0][9]);
        Assert.Equal('\u2800', rows[0][0]);
        Assert.Equal(["⠀⠀"], BrailleChart.Draw([double.NaN], 2, 1));
    }

    [Fact]
    public void ATraceOfAnyLengthStaysSmallAndKeepsItsShape()
    {
        Trace trace = new(8);
        for (int i = 0; i < 1024; i++)
            trace.Add(i);
        trace.Add(double.NaN);
        Assert.InRange(trace.Values.Count, 4, 7);
        Assert.Equal(trace.Values.Order(), trace.Values);
        Assert.InRange(trace.Values[0], 0, 128);
        Assert.InRange(trace.Values[^1], 700, 1023);
    }

    [Fact]
    public void ThePanelIsCutToTheTerminalAndTakenAwayForTheLog()
    {
        using StringWriter terminal = new(), pipe = new();
        using CliConsole console = new(TextWriter.Null, terminal) { ErrorIsTerminal = true, Live = true, Width = 10 };
        console.Panel.Show(["short", "longer than the line"]);
        console.Log("a line");
        Assert.Equal("\rshort\e[K\n\rlonger th\e[K\n\e[J\e[2A\r\e[Ja line\n", terminal.ToString());
        new LivePanel(pipe, live: false, () => (10, 24)).Show(["anything"]);
        Assert.Empty(pipe.ToString());
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void ATerminalGetsThePanelOrALineAndAPipeNeither(bool terminal, bool live)
    {
        using StringWriter error = new();
        using CliConsole console = new(TextWriter.Null, error) { ErrorIsTerminal = terminal, Live = live, Width = 100 };
        TrainConsole watcher = new(console);
        watcher.Handle(Started);
        watcher.Stepped(1, 1, 2, new LossSums(4, 2, 1, 2, 0));
        watcher.Evaluating("val", 5, 10);
        watcher.Handle(new RunFinished { Run = "runs/x", BestEpoch = 1, BestValAcc = 0.5 });
        string text = error.ToString();
        Assert.Equal(live, text.Contains('\e', StringComparison.Ordinal));
        Assert.Equal(live, text.Contains('━', StringComparison.Ordinal));
        Assert.Equal(terminal, text.Contains("step 1 of 10", StringComparison.Ordinal));
        Assert.Equal(terminal, text.Contains('\r', StringComparison.Ordinal));
        if (live)
            Assert.EndsWith("\r\e[J", text, StringComparison.Ordinal);
    }

    /// <summary>Whoever makes the window narrower gets a view that fits, and the one before is not left in the scrollback.</summary>
    [Fact]
    public void AViewFollowsTheTerminalsSize()
    {
        using StringWriter terminal = new();
        (int Columns, int Rows) size = (120, 40);
        using CliConsole console = new(TextWriter.Null, terminal) { ErrorIsTerminal = true, Live = true, Size = () => size };
        string[] Shown()
        {
            terminal.GetStringBuilder().Clear();
            // A panel of its own: the console's waits between two views.
            TrainPanel panel = new(new LivePanel(terminal, live: true, () => size));
            panel.Add(new EpochDone { Result = new EpochResult(1, 1, 0.5, 1, 0.5, 0.1, 1, 1), IsBest = true });
            panel.Show(Started, 2, 5, new LossSums(4, 2, 1, 2, 0), "12,345 images/s", "0:07 left");
            return [.. terminal.ToString().Split('\n')[..^1].Select(l => l.Replace("\r", "").Replace("\e[K", ""))];
        }
        Assert.Contains("best validation 50.0 % in epoch 1", string.Join('\n', Shown()));
        foreach (int columns in (int[])[80, 60, 40, 25])
        {
            size = (columns, 40);
            string[] lines = Shown();
            Assert.All(lines, line => Assert.InRange(line.Length, 0, columns - 1));
            Assert.Contains(lines, line => line.EndsWith("0:07 left", StringComparison.Ordinal));
            Assert.Contains(lines, line => line.EndsWith("accuracy 50.0 %", StringComparison.Ordinal) || line.EndsWith("validation 50.0 %", StringComparison.Ordinal));
        }
        size = (100, 4);
        Assert.Equal(3, Shown().Length);
        Assert.EndsWith("\e[3A", terminal.ToString());
    }

    /// <summary>80 columns are what a terminal has at least.</summary>
    [Fact]
    public void ARowOfTheTableFitsATerminal()
    {
        using StringWriter error = new();
        using CliConsole console = new(TextWriter.Null, error);
        TrainConsole watcher = new(console);
        watcher.Handle(Started);
        error.GetStringBuilder().Clear();
        watcher.Handle(new EpochDone { Result = new EpochResult(12345, 2.1e7, 0.1, 2.1e7, 0.1, 0.00035461, 123456, 12345), IsBest = true });
        watcher.Handle(new EpochDone { Result = new EpochResult(2, 2.3, 0.1, 2.3, 0.1, 2.5e-7, 7200.5, 123456), IsBest = true });
        string[] lines = error.ToString().TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.Contains("2.5e-7", lines[2]);
    }

    private static RunStarted Started { get; } = new()
    {
        Run = "runs/x",
        Model = "lenet5",
        Data = "d",
        Classes = 2,
        Parameters = 1,
        TrainImages = 20,
        ValImages = 10,
        Epochs = 2,
        StepsPerEpoch = 10,
        BatchSize = 2,
        Backend = "managed",
        Threads = 1,
        ArenaBytes = 1,
        Resumed = false,
    };
}
