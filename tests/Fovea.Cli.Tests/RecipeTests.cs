using System.Text.Json;
using Fovea.Cli.Framework;
using Fovea.Cli.Recipes;
using Fovea.Cli.Tests.Support;
using Fovea.Cli.Verbs;

namespace Fovea.Cli.Tests;

/// <summary>Recipes: the files, the verb that lists them, and <c>train --recipe</c>.</summary>
public sealed class RecipeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Names => [.. RecipeBook.Names];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheProgramCarriesEveryFileOfTheRepository()
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(Root(), "recipes")).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];
        Assert.Equal(files, RecipeBook.Names);
        Assert.Equal(18, files.Length);
        CliRun list = CliRun.Line("recipes"), json = CliRun.Line("recipes --json");
        Assert.All(RecipeBook.Names, name => Assert.Contains($"\n{name} ", list.Out, StringComparison.Ordinal));
        Assert.Equal(RecipeBook.Names, json.Json.EnumerateArray().Select(r => r.GetProperty("name").GetString()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ARecipeIsWhatItsFileIsCalledAndEqualsItsCommand(string name)
    {
        Recipe recipe = RecipeBook.Find(name);
        Assert.Equal(name, recipe.Name);
        Assert.Equal(recipe.Folder is null, recipe["data"] is not null);
        CliRun shown = CliRun.Line($"recipes {name}");
        Assert.Equal(0, shown.Exit);
        // The command, as a shell reads it: words, quotes, ends of lines that are escaped.
        string command = string.Join(' ', shown.Out.Split('\n').SkipWhile(l => !l.StartsWith("    fovea train", StringComparison.Ordinal)).TakeWhile(l => l.Length > 0)
            .Select(l => l.TrimEnd('\\').Trim()));
        string[] words = [.. Words(command).Skip(2)];
        string[] data = recipe.Folder is null ? [] : ["--data", "FOLDER"];
        Assert.Equal(Tokens(["--recipe", name, .. data]), Tokens(words));
        Assert.Equal(File.ReadAllText(Path.Combine(Root(), "recipes", $"{name}.json")), CliRun.Line($"recipes {name} --json").Out);
    }

    [Fact]
    public void AnOptionBesideTheRecipeWinsAndTheRunRecordsTheRecipe()
    {
        Pictures.WriteDataSet(_folder["data"], 12, 4);
        string[] rest = ["--data", _folder["data"], "--epochs", "1", "--lr", "0.05", "--backend", "managed", "--threads", "1", "--output", _folder["runs"]];
        CliRun run = CliRun.Of(["train", "--recipe", "lenet5-fashion", .. rest, "--json"]);
        Assert.True(run.Exit == 0, run.Error);
        string folder = run.Json.GetProperty("run").GetString()!;
        Assert.Equal("lenet5-fashion", Path.GetFileName(folder));
        JsonElement options = Options(folder);
        Assert.Equal("lenet5-fashion", options.GetProperty("recipe").GetString());
        Assert.Equal((1, 0.05, 256, "xavier"), (options.GetProperty("epochs").GetInt32(), options.GetProperty("lr").GetDouble(),
            options.GetProperty("batch-size").GetInt32(), options.GetProperty("init").GetString()));
        Assert.Equal([0f], options.GetProperty("architecture").GetProperty("preprocessing").GetProperty("mean").EnumerateArray().Select(m => m.GetSingle()));

        // The same options typed out give the same model, byte for byte.
        CliRun typed = CliRun.Of(["train", "--model", "lenet5", "--init", "xavier", "--mean", "0", "--std", "1", "--opt", "sgd", "--batch-size", "256", .. rest, "--name", "typed", "--json"]);
        Assert.True(typed.Exit == 0, typed.Error);
        Assert.Equal(JsonValueKind.Null, Options(typed.Json.GetProperty("run").GetString()!).GetProperty("recipe").ValueKind);
        Assert.Equal(Best(folder), Best(_folder["runs", "typed"]));

        CliRun resumed = CliRun.Of("train", "--resume", "lenet5-fashion", "--output", _folder["runs"], "--json");
        Assert.Equal(run.Out, resumed.Out);
        CliRun both = CliRun.Of("train", "--resume", "lenet5-fashion", "--recipe", "lenet5-fashion", "--output", _folder["runs"]);
        Assert.Equal(ExitCode.Usage, both.Exit);
        Assert.Contains("--recipe cannot be given too", both.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileOfTheUsersIsARecipeToo()
    {
        Pictures.WriteDataSet(_folder["data"], 8, 4);
        string mine = Write("""{"name": "mine", "title": "t", "source": "s", "folder": "any", "options": {"model": "lenet5", "mean": [0.5], "eval-train": true, "epochs": 1, "backend": "managed"}}""");
        CliRun run = CliRun.Of("train", "--recipe", mine, "--data", _folder["data"], "--without", "eval-train", "--threads", "1", "--output", _folder["runs"], "--json");
        Assert.True(run.Exit == 0, run.Error);
        JsonElement options = Options(_folder["runs", "mine"]);
        Assert.Equal("mine", options.GetProperty("recipe").GetString());
        Assert.False(options.GetProperty("eval-train").GetBoolean());
    }

    [Theory]
    [InlineData("--recipe lenet-fashion", "no recipe called lenet-fashion. Did you mean 'lenet5-fashion'?")]
    [InlineData("--recipe nowhere.json", "recipe nowhere.json: there is no such file")]
    [InlineData("--recipe alexnet-cats-dogs", "--data is missing: the recipe alexnet-cats-dogs is for two classes of photographs")]
    [InlineData("--recipe cifar10-nin --sched cosine", "--sched cosine does not take --step-size 10, --gamma 0.6 of the recipe cifar10-nin. Add --without step-size,gamma to leave them out.")]
    [InlineData("--recipe cifar10-nin --opt adam", "--opt adam does not take --momentum 0.9 of the recipe cifar10-nin. Add --without momentum to leave it out.")]
    [InlineData("--recipe cifar10-lenet5 --model nin-cifar", "--model nin-cifar does not take --activation relu, --pool max of the recipe cifar10-lenet5")]
    [InlineData("--recipe cifar10-nin --without stepsize", "--without stepsize: the recipe cifar10-nin has no such option. Did you mean 'step-size'?")]
    [InlineData("--model lenet5 --data x --without epochs", "--without leaves options of a recipe out: give --recipe too")]
    [InlineData("--recipe cifar10-nin --epochs zero", "--epochs zero: expected a whole number")]
    [InlineData("--model lenet5 --input 3x32x32 --img-size 32 --data mnist", "--img-size 32 and --input 3x32x32 both say the network's input")]
    public void WrongUseIsSaid(string line, string message) => AssertRefused(CliRun.Line($"train {line}"), message);

    [Theory]
    [InlineData("""{"name": "x", "title": "t", "source": "s", "options": {"model": "lenet5", "epohcs": 3}}""", "options.epohcs: train has no option --epohcs. Did you mean 'epochs'?")]
    [InlineData("""{"name": "x", "title": "t", "source": "s", "options": {"epochs": "many"}}""", "options.epochs: --epochs many: expected a whole number from 1")]
    [InlineData("""{"name": "x", "title": "t", "source": "s", "options": {"opt": "adma"}}""", "Did you mean 'adam'?")]
    [InlineData("""{"name": "x", "title": "t", "source": "s", "options": {"train-transform": "hflop"}}""", "options.train-transform: --train-transform: ")]
    [InlineData("""{"name": "x", "title": "t", "source": "s", "options": {"epochs": true}}""", "options.epochs: --epochs wants a value, got true")]
    [InlineData("""{"name": "x", "title": "t", "source": "s", "options": {"eval-train": 1}}""", "options.eval-train: --eval-train has no value; write true")]
    [InlineData("""{"name": "x", "title": "t", "source": "s", "options": {"eval-train": false}}""", "options.eval-train: expected a text, a number")]
    [InlineData("""{"name": "x", "title": "t", "source": "s", "options": {"epochs": 3, "epochs": 4}}""", "options.epochs is there twice")]
    [InlineData("""{"name": "x", "title": "t", "source": "s", "options": {"resume": "run"}}""", "options.resume: --resume belongs to a run and not to a recipe")]
    [InlineData("""{"name": "x", "titel": "t", "source": "s", "options": {}}""", "there is no field 'titel'. Did you mean 'title'?")]
    [InlineData("""{"name": "../x", "title": "t", "source": "s", "options": {}}""", "name: '../x' is not possible")]
    [InlineData("""{"name": "x", "title": "t", "options": {}}""", "the field 'source' is missing")]
    [InlineData("""{"name": "x", "title": "t", "source": "s"}""", "the field 'options' is missing")]
    [InlineData("""{"name": "x", "title": 3, "source": "s", "options": {}}""", "title: expected text, got 3")]
    [InlineData("""{"name": "x", "title": "t", "source": "s", "notes": "n", "options": {}}""", "notes: expected an array of texts, got the text 'n'")]
    [InlineData("[]", "expected a JSON object of name, title")]
    [InlineData("{", "this is no JSON")]
    public void AWrongFileIsRefusedByFileAndField(string json, string message)
    {
        string file = Write(json);
        foreach (string verb in (string[])["recipes", "train --data x --recipe"])
        {
            CliRun run = CliRun.Of([.. verb.Split(' '), file]);
            AssertRefused(run, message);
            Assert.Contains($"{file}: ", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TheCommandsThatFollowAreCommands()
    {
        string[] commands = [.. RecipeBook.Names.SelectMany(name => RecipeBook.Find(name).Then)];
        Assert.NotEmpty(commands);
        foreach (string command in commands)
        {
            string[] words = command.Split(' ');
            Assert.Equal("fovea", words[0]);
            // Parses, so it exists: an unknown option throws.
            Verb verb = VerbTable.All.Single(v => v.Path == words[1]).Create();
            Assert.NotNull(ArgumentErrors.Parse(verb, words[2..]));
        }
    }

    private static void AssertRefused(CliRun run, string message)
    {
        Assert.Equal(ExitCode.Usage, run.Exit);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
        run.AssertReadable();
    }

    /// <summary>Options and values as train gets them, whatever their order.</summary>
    private static string[] Tokens(string[] args)
    {
        TrainVerb verb = new();
        IReadOnlyList<string> expanded = verb.Expand(ArgumentErrors.Parse(verb, args), args);
        System.CommandLine.ParseResult parsed = ArgumentErrors.Parse(verb, expanded);
        return [.. verb.Options.Where(o => o.Name != "--recipe" && parsed.GetResult(o) is { Implicit: false })
            .Select(o => $"{o.Name} {string.Join(' ', parsed.GetResult(o)!.Tokens.Select(t => t.Value))}")];
    }

    private static List<string> Words(string command)
    {
        List<string> words = [""];
        bool quoted = false;
        foreach (char c in command)
        {
            if (c == '\'')
                quoted = !quoted;
            else if (c == ' ' && !quoted)
                words.Add("");
            else
                words[^1] += c;
        }
        return words;
    }

    private string Write(string json)
    {
        File.WriteAllText(_folder["mine.json"], json);
        return _folder["mine.json"];
    }

    private static JsonElement Options(string run) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "args.json"))).RootElement.GetProperty("options");

    private static byte[] Best(string run) => File.ReadAllBytes(Path.Combine(run, "checkpoints", "best.safetensors"));

    private static string Root()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Fovea.slnx")))
            at = at.Parent;
        return at?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
