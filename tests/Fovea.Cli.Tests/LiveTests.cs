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
        new LivePanel(pipe, live: false, 10).Show(["anything"]);
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
        watcher.Handle(new RunStarted
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
        });
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
}
