using System.Globalization;
using Fovea.Kernels;
using Fovea.Kernels.Memory;

namespace Fovea.Training;

/// <summary>results.csv: one row per epoch, replaced as a whole, so that it never ends inside a row. Numbers read back as they were.</summary>
public sealed class ResultsTable : IEventSink
{
    /// <summary>The first line.</summary>
    public const string Header = "epoch,train/loss,train/acc,val/loss,val/acc,lr,seconds,images_per_second";

    private readonly string _path;
    private readonly List<EpochResult> _rows;

    private ResultsTable(string path, List<EpochResult> rows) => (_path, _rows) = (path, rows);

    /// <summary>The rows.</summary>
    public IReadOnlyList<EpochResult> Rows => _rows;

    /// <summary>Makes a table without rows.</summary>
    public static ResultsTable Create(string path) => new ResultsTable(path, []).Save();

    /// <summary>Opens the table of a run to go on with and keeps its first <paramref name="epochs"/> rows.</summary>
    /// <exception cref="FoveaException">The table has fewer sound rows.</exception>
    public static ResultsTable Reopen(string path, int epochs)
    {
        List<EpochResult> rows = Read(path, epochs);
        if (rows.Count < epochs)
            throw new FoveaException($"'{path}' has {rows.Count} sound rows, but the run's checkpoint is {epochs} epochs on. Put the file back as "
                + $"it was, or start a new run from the best checkpoint with --weights.");
        return new ResultsTable(path, rows).Save();
    }

    /// <summary>Reads up to <paramref name="most"/> rows; what is no row ends the table.</summary>
    public static List<EpochResult> Read(string path, int most = int.MaxValue)
    {
        List<EpochResult> rows = [];
        if (!File.Exists(path))
            return rows;
        foreach (string line in Lines(path).Skip(1).Take(most))
        {
            string[] cells = line.Split(',');
            double[] numbers = new double[cells.Length];
            bool sound = cells.Length == 8 && cells.Index().All(c => double.TryParse(c.Item, CultureInfo.InvariantCulture, out numbers[c.Index]));
            if (!sound || numbers[0] != rows.Count + 1)
                break;
            rows.Add(new EpochResult(rows.Count + 1, numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7]));
        }
        return rows;
    }

    /// <inheritdoc/>
    public void Handle(TrainingEvent happened)
    {
        if (happened is not EpochDone done)
            return;
        _rows.Add(done.Result);
        Save();
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FoveaException($"Reading the run's results '{path}': {IoReason.Of(e, path)}.", e);
        }
    }

    private ResultsTable Save()
    {
        AtomicFile.Write(_path, stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine(Header);
            foreach (EpochResult r in _rows)
            {
                writer.WriteLine(FormattableString.Invariant(
                    $"{r.Epoch},{r.TrainLoss:R},{r.TrainAcc:R},{r.ValLoss:R},{r.ValAcc:R},{r.Lr:R},{r.Seconds:R},{r.ImagesPerSecond:R}"));
            }
        });
        return this;
    }
}
