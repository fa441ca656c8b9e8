using Fovea.Kernels;

namespace Fovea.Data.Catalog;

/// <summary>Where built-in data sets lie.</summary>
public static class DatasetPlaces
{
    /// <summary>
    /// The user's cache, into which <c>data get</c> downloads: <c>$XDG_CACHE_HOME</c> or <c>~/.cache</c>, then <c>fovea/datasets/NAME</c>.
    /// </summary>
    public static string CacheFolder(string name) => Path.Combine(UserCache, "datasets", name);

    /// <summary>What Fovea keeps for the user beside runs: <c>$XDG_CACHE_HOME</c> or <c>~/.cache</c>, then <c>fovea</c>.</summary>
    public static string UserCache
    {
        get
        {
            string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (string.IsNullOrEmpty(cache) || !Path.IsPathRooted(cache))
                cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".cache");
            return Path.Combine(cache, "fovea");
        }
    }

    /// <summary>
    /// The usual places of a data set, the likeliest first: its package, the user's cache, <c>data/NAME</c> under the working folder.
    /// </summary>
    public static IReadOnlyList<string> UsualPlaces(BuiltInDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return [.. dataset.UsualPlaces, CacheFolder(dataset.Name), Path.Combine("data", dataset.Name)];
    }

    /// <summary>
    /// The folder that holds the files of <paramref name="dataset"/>, or null: <paramref name="dataDir"/> or, where that is null, one of the usual
    /// places.
    /// </summary>
    public static string? Find(BuiltInDataset dataset, string? dataDir)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        foreach (string place in dataDir is null ? UsualPlaces(dataset) : [dataDir, Path.Combine(dataDir, dataset.Name)])
        {
            foreach (string folder in dataset.Subfolders.Prepend("").Select(sub => Path.Combine(place, sub)))
            {
                if (Directory.Exists(folder) && dataset.IsIn(folder))
                    return folder;
            }
        }
        return null;
    }

    /// <summary>The folder that holds the files of <paramref name="dataset"/>.</summary>
    /// <exception cref="FoveaException">No place has them; the message lists the places and how to get the files.</exception>
    public static string Resolve(BuiltInDataset dataset, string? dataDir)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (Find(dataset, dataDir) is { } folder)
            return folder;
        if (dataDir is not null && !Directory.Exists(dataDir))
            throw new FoveaException($"Opening the data set {dataset.Name}: the folder '{dataDir}' (--data-dir) does not exist. {dataset.HowToGet}");
        string looked = dataDir is not null
            ? $"the folder '{dataDir}' (--data-dir) does not hold them, nor do its subfolders "
                + $"{string.Join(", ", dataset.Subfolders.Append(dataset.Name))}"
            : $"looked in {string.Join(", ", UsualPlaces(dataset))}";
        throw new FoveaException($"Opening the data set {dataset.Name}: its files were not found; {looked}. {dataset.HowToGet}"
            + (dataDir is null ? " Files that lie elsewhere: --data-dir FOLDER." : ""));
    }
}
