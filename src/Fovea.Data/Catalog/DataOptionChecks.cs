using Fovea.Kernels;

namespace Fovea.Data.Catalog;

/// <summary>The ranges of <see cref="DataOptions"/>.</summary>
internal static class DataOptionChecks
{
    public static void Check(DataOptions options)
    {
        if (!(options.ValSplit > 0 && options.ValSplit < 1))
            throw new FoveaException($"--val-split {options.ValSplit}: the share of each class for validation must be above 0 and below 1, such "
                + "as 0.2.");
        CheckLimit("--limit-train", options.LimitTrain);
        CheckLimit("--limit-val", options.LimitVal);
    }

    private static void CheckLimit(string option, int? limit)
    {
        if (limit < 1)
            throw new FoveaException($"{option} {limit}: a limit must be 1 or more samples; leave the option out to take all.");
    }
}
