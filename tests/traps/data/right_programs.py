"""Data of the course's lessons, as they are written there, in small: mistakes are planted into them."""

PROGRAMS = {
    # lesson 1: two chains, two parts of a folder, two loaders
    "pipeline": """
train_transform = v2.Compose([
    v2.ToImage(), v2.RandomResizedCrop(8), v2.RandomHorizontalFlip(),
    v2.ToDtype(torch.float32, scale=True), v2.Normalize(IMAGENET_MEAN, IMAGENET_STD),
])
val_transform = v2.Compose([
    v2.ToImage(), v2.Resize(10), v2.CenterCrop(8),
    v2.ToDtype(torch.float32, scale=True), v2.Normalize(IMAGENET_MEAN, IMAGENET_STD),
])
train_set = folder(transform=train_transform)
val_set = folder(where="val", transform=val_transform)
loader = DataLoader(train_set, batch_size=2, shuffle=True)
val_loader = DataLoader(val_set, batch_size=2)
found = check(loader, val_loader)
""",
    # lesson 2: the chain that comes with the weights
    "transfer": """
weights = ResNet18_Weights.DEFAULT
prepare = v2.Compose([
    v2.ToImage(), v2.Resize(8),
    v2.ToDtype(torch.float32, scale=True), v2.Normalize(IMAGENET_MEAN, IMAGENET_STD),
])
whole = Pictures(prepare)
train_set, val_set = Subset(whole, range(6)), Subset(whole, range(6, 8))
loader, val_loader = DataLoader(train_set, 2, shuffle=True), DataLoader(val_set, 2)
found = check(loader, val_loader, weights=weights)
""",
    # lesson 3: all pictures in memory
    "in_memory": """
pictures, labels = torch.rand(24, 1, 8, 8), torch.tensor([0, 1, 2]).repeat_interleave(8)
whole = TensorDataset(pictures, labels)
train_set, val_set = Subset(whole, range(0, 24, 2)), Subset(whole, range(1, 24, 2))
loader, val_loader = DataLoader(train_set, 4, shuffle=True), DataLoader(val_set, 4)
found = check(loader, val_loader)
""",
    # lesson 12: boxes move along
    "boxes": """
both = v2.Compose([v2.RandomHorizontalFlip(), v2.Resize((8, 8)), v2.ToDtype(torch.float32, scale=True)])
train_set = Boxes(label=1, box=[2.0, 3.0, 9.0, 8.0], transforms=both)
loader = DataLoader(train_set, 2, shuffle=True, collate_fn=collate)
found = check(loader)
""",
    # lesson 5: a picture and its mask
    "masks": """
class Pairs(Dataset):
    def __init__(self, transforms): self.transforms = transforms
    def __len__(self): return 6
    def __getitem__(self, index):
        drawn = torch.zeros(16, 16, dtype=torch.uint8)
        drawn[3:11, 2 + index : 10], drawn[6:14, 9:15] = 1, 4
        picture, mask = self.transforms(tv_tensors.Image(torch.rand(3, 16, 16)), tv_tensors.Mask(drawn))
        return picture, mask.long()

train_set = Pairs(v2.Compose([v2.RandomHorizontalFlip(), v2.Resize((12, 12), antialias=True)]))
loader = DataLoader(train_set, 2, shuffle=True)
found = check(loader)
""",
}
